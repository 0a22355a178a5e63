const { readFileSync } = require("node:fs");
let calls = 0;
exports.handler = (event, context, callback) => {
  calls++;
  console.log("call", calls, "of", event.userName);
  console.error("to standard error");
  if (event.userName === "exits") process.exit(3);
  if (event.userName === "thrown") return callback(new Error("Not today"));
  if (event.userName === "sync") throw new Error("at once");
  if (event.userName === "hangs") return setInterval(() => {}, 1000);
  if (event.userName === "later") return setTimeout(() => { throw new Error("uncaught") }, 1);
  if (event.userName === "silent") return undefined;
  event.response.calls = calls;
  event.response.secret = Object.keys(process.env).filter((name) => name.startsWith("LIFEGUARD_")).join();
  event.response.read = typeof readFileSync;
  callback(null, event);
};
