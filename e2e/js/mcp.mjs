// A client of the Model Context Protocol that knows only the address of a resource: it reads
// the metadata of the resource and of the pool, authorizes with PKCE and `resource`, and calls a
// tool. The resource server verifies access tokens by the pool's key set.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {createRemoteJWKSet, jwtVerify} from 'jose';
import {UnauthorizedError} from '@modelcontextprotocol/sdk/client/auth.js';
import {Client} from '@modelcontextprotocol/sdk/client/index.js';
import {StreamableHTTPClientTransport} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {McpServer} from '@modelcontextprotocol/sdk/server/mcp.js';
import {StreamableHTTPServerTransport} from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {Browser} from './form.mjs';
import {call, endpoint, newPool, password} from './world.mjs';

const callback = 'http://localhost:6274/oauth/callback';

// Resource is an MCP server with one tool, which returns who calls.
export class Resource {
  async start() {
    this.server = createServer((request, response) => this.serve(request, response));
    await new Promise((ready) => this.server.listen(0, '127.0.0.1', ready));
    this.origin = `http://localhost:${this.server.address().port}`;
    this.url = `${this.origin}/mcp`;
    this.scope = `${this.url}/tools`;
    return this;
  }

  // protect names the authorization server.
  protect(pool) {
    this.issuer = `${endpoint}/${pool.userPoolId}`;
    this.keys = createRemoteJWKSet(new URL(`${this.issuer}/.well-known/jwks.json`));
  }

  async serve(request, response) {
    if (request.url === '/.well-known/oauth-protected-resource/mcp') {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({
        resource: this.url, authorization_servers: [this.issuer], scopes_supported: [this.scope],
      }));
      return;
    }
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    let claims;
    try {
      ({payload: claims} = await jwtVerify(bearer, this.keys, {issuer: this.issuer, audience: this.url}));
    } catch {
      response.setHeader('WWW-Authenticate',
        `Bearer resource_metadata="${this.origin}/.well-known/oauth-protected-resource/mcp"`);
      response.writeHead(401).end();
      return;
    }
    const mcp = new McpServer({name: 'resource', version: '1.0.0'});
    mcp.registerTool('whoami', {description: 'Returns the caller.'}, () => ({
      content: [{type: 'text', text: JSON.stringify(claims)}],
    }));
    const transport = new StreamableHTTPServerTransport({sessionIdGenerator: undefined});
    response.on('close', () => transport.close());
    await mcp.connect(transport);
    await transport.handleRequest(request, response);
  }
}

// Provider is the state of an MCP client, with a browser in which a user signs in.
export class Provider {
  redirectUrl = callback;
  clientMetadata = {
    client_name: 'MCP client (e2e)', redirect_uris: [callback], token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
  };

  clientInformation() { return this.client; }
  saveClientInformation(client) { this.client = client; }
  tokens() { return this.saved; }
  saveTokens(tokens) { this.saved = tokens; }
  codeVerifier() { return this.verifier; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  redirectToAuthorization(url) { this.request = url; }

  // signIn plays the browser of the user, and returns the code.
  async signIn(username) {
    const browser = new Browser();
    const done = await browser.fill(await browser.visit(this.request), {username, password});
    assert.equal(`${done.url.origin}${done.url.pathname}`, callback);
    return done.url.searchParams.get('code');
  }
}

// connect returns a client that has been authorized by the user, and the result of the tool.
export async function connect(resource, provider, username) {
  const client = new Client({name: 'client', version: '1.0.0'});
  const first = new StreamableHTTPClientTransport(new URL(resource.url), {authProvider: provider});
  await assert.rejects(client.connect(first), UnauthorizedError);
  assert.equal(provider.request.searchParams.get('resource'), resource.url);
  assert.equal(provider.request.searchParams.get('code_challenge_method'), 'S256');
  await first.finishAuth(await provider.signIn(username));
  const second = new StreamableHTTPClientTransport(new URL(resource.url), {authProvider: provider});
  await client.connect(second);
  const {content} = await client.callTool({name: 'whoami', arguments: {}});
  await client.close();
  return JSON.parse(content[0].text);
}

// protectedPool returns a pool whose scope the resource asks for.
export async function protectedPool(resource, settings) {
  const pool = await newPool(settings);
  await call('CreateResourceServer', {
    UserPoolId: pool.userPoolId, Identifier: resource.url, Name: 'mcp',
    Scopes: [{ScopeName: 'tools', ScopeDescription: 'Call tools'}],
  });
  resource.protect(pool);
  return pool;
}
