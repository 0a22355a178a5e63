// Stands for the lines of /etc/hosts and the port 443 of the server: connections to the host names of Amazon
// Cognito go to this machine. Names are verified as always. For node --require.
const net = require('node:net');

const names = /^((issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com|[a-z0-9-]+\.auth\.[a-z0-9-]+\.amazoncognito\.com)$/;
const port = Number(process.env.AMAZON_HOSTS_PORT);
const {connect} = net.Socket.prototype;

net.Socket.prototype.connect = function (...args) {
  const list = Array.isArray(args[0]) ? args[0] : args; // net.connect passes normalized arguments
  const [options] = list;
  if (typeof options === 'object' && names.test(options.host)) {
    if (Number(options.port) !== 443) throw new Error(`${options.host}:${options.port} is not the port of Amazon Cognito`);
    list[0] = {...options, host: '127.0.0.1', port, lookup: undefined};
  }
  return connect.apply(this, args);
};
