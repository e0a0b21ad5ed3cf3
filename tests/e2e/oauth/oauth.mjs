// `dbops serve` with [oauth], a real authorization server, and the official client that finds it by itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { AuthorizationServer, kSecret } from './provider.mjs';

const require = createRequire(`${process.env.DBOPS_CLIENTS}/`);
const { Client, ClientCredentialsProvider, StreamableHTTPClientTransport, UnauthorizedError } = require('@modelcontextprotocol/client');

const kPatienceMs = 30_000;
const kMeta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
const encode = part => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

const provider = new AuthorizationServer();
const folder = mkdtempSync(join(tmpdir(), 'dbops-oauth-'));
before(() => provider.start());
after(async () => {
  await provider.stop();
  rmSync(folder, { recursive: true });
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(done => server.once('listening', done));
  const { port } = server.address();
  await new Promise(done => server.close(done));
  return port;
}

// One `dbops serve`, and all that it said.
class Dbops {
  async start(oauth) {
    this.port = await freePort();
    this.url = new URL(`http://127.0.0.1:${this.port}/mcp`);
    this.said = '';
    this.configure(oauth);
    this.process = spawn(process.env.DBOPS, ['-v', '-v', 'serve', '--config', join(folder, `${this.port}.toml`), '--port', this.port],
      { env: { ...process.env, OAUTH_SECRET: kSecret, XDG_STATE_HOME: folder }, stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise((done, failed) => {
      this.process.once('exit', code => failed(new Error(`dbops ended with ${code}: ${this.said}`)));
      createInterface(this.process.stderr).on('line', line => {
        this.said += `${line}\n`;
        if (line.includes('serves MCP at')) done();
      });
    });
  }

  configure(oauth) {
    writeFileSync(join(folder, `${this.port}.toml`), `
[connections.lite]
url = "sqlite:lite.db"
tier = "write"
create = true
[connections.other]
url = "sqlite:other.db"
tier = "write"
create = true
[oauth]
issuer = "${provider.issuer}"
resource = "${this.url}"
${oauth}`);
  }

  async stop() {
    this.process.removeAllListeners('exit');
    const ended = new Promise(done => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    await ended;
  }

  // A modern call, without any client.
  async call(token, tool = 'query', args = { connection: 'lite', statement: 'SELECT 1 AS one' }) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args, _meta: kMeta } });
    return fetch(this.url, { method: 'POST', body, headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': tool, ...(token && { Authorization: `Bearer ${token}` }) } });
  }

  async status(token, ...rest) {
    return (await this.call(token, ...rest)).status;
  }

  token(scope, how = '') {
    return provider.token(`${this.url}${how}`, scope);
  }
}

async function eventually(what, probe) {
  const end = Date.now() + kPatienceMs;
  while (!(await probe())) {
    assert.ok(Date.now() < end, what);
    await pause(5);
  }
}

describe('tokens that are signed', () => {
  const dbops = new Dbops();
  before(() => dbops.start('keys_refetch = "100ms"\nskew = "0s"'));
  after(() => dbops.stop());
  beforeEach(() => { provider.down = false; });
  const write = connection => ['execute', { connection, statement: 'CREATE TABLE IF NOT EXISTS t (i)' }];

  it('a client finds the authorization server and gets itself a token', async () => {
    for (const mode of ['legacy', 'auto', { pin: '2026-07-28' }]) {
      const authProvider = new ClientCredentialsProvider({ clientId: 'robot', clientSecret: kSecret, expectedIssuer: provider.issuer });
      const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
      await client.connect(new StreamableHTTPClientTransport(dbops.url, { authProvider }));
      const tiers = async () => (await client.callTool({ name: 'list_connections', arguments: {} })).structuredContent.connections
        .map(({ name, tier }) => `${name} ${tier}`);
      assert.deepEqual(await tiers(), ['lite read', 'other read']);
      // It is refused, learns from the challenge what it needs, and asks for that.
      const [name, args] = write('lite');
      const written = await client.callTool({ name, arguments: args });
      assert.ok(!written.isError, JSON.stringify(written));
      assert.deepEqual(await tiers(), ['lite write', 'other write']);
      await client.close();
    }
  });

  it('a person logs in with a code and PKCE', async () => {
    const state = {};
    const authProvider = {
      redirectUrl: 'http://127.0.0.1:1/callback',
      clientMetadata: { redirect_uris: ['http://127.0.0.1:1/callback'], token_endpoint_auth_method: 'none', scope: 'db:read' },
      clientInformation: () => ({ client_id: 'agent', issuer: provider.issuer }),
      tokens: () => state.tokens,
      saveTokens: tokens => { state.tokens = tokens; },
      saveCodeVerifier: verifier => { state.verifier = verifier; },
      codeVerifier: () => state.verifier,
      saveDiscoveryState: found => { state.found = found; },
      discoveryState: () => state.found,
      redirectToAuthorization: async url => { state.callback = await browse(url); },
    };
    const connect = async () => {
      const client = new Client({ name: 'test', version: '1' });
      const transport = new StreamableHTTPClientTransport(dbops.url, { authProvider });
      try {
        await client.connect(transport);
        return client;
      } catch (failure) {
        if (!(failure instanceof UnauthorizedError)) throw failure;
        await transport.finishAuth(state.callback);
        return undefined;
      }
    };
    assert.equal(await connect(), undefined, 'the first time somebody must log in');
    const client = await connect();
    const { structuredContent } = await client.callTool({ name: 'query', arguments: { connection: 'lite', statement: 'SELECT 7 AS n' } });
    assert.deepEqual(structuredContent.rows, [[7]]);
    await client.close();
  });

  it('scopes bound what a token may do, by connection', async () => {
    const read = await dbops.token('db:read');
    assert.equal(await dbops.status(read), 200);
    const refused = await dbops.call(read, ...write('lite'));
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('www-authenticate'), /error="insufficient_scope", scope="db:write"/);
    const one = await dbops.token('db:write:lite');
    assert.equal(await dbops.status(one, ...write('lite')), 200);
    assert.equal(await dbops.status(one, ...write('other')), 403);
    assert.equal(await dbops.status(await dbops.token('db:admin'), ...write('other')), 200);
  });

  for (const algorithm of ['RS256', 'EdDSA', 'ES256']) {
    it(`a key is rotated for one of ${algorithm}`, async () => {
      const old = await dbops.token('db:read');
      assert.equal(await dbops.status(old), 200);
      provider.rotate(algorithm);
      const fresh = await dbops.token('db:read');
      await eventually('the new key is found', async () => await dbops.status(fresh) === 200);
      assert.equal(await dbops.status(old), 401, 'its key is gone');
    });
  }

  it('what is no good token is refused', async () => {
    const good = await dbops.token('db:read');
    const [header, claims, signature] = good.split('.');
    const parsed = JSON.parse(Buffer.from(claims, 'base64url'));
    const { kid } = JSON.parse(Buffer.from(header, 'base64url'));
    const { keys } = await (await fetch(`${provider.issuer}/jwks`)).json();
    const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const forged = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${claims}`;
    const bad = {
      'of another audience': await provider.token('http://other.example/mcp'),
      'without signature': `${encode({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
      'signed by the public key as a secret': `${forged}.${createHmac('sha256', pem).update(forged).digest('base64url')}`,
      'of changed claims': `${header}.${encode({ ...parsed, scope: 'db:admin' })}.${signature}`,
      'opaque': await dbops.token('db:read', '?opaque'),
    };
    for (const [what, token] of Object.entries(bad)) {
      const answer = await dbops.call(token);
      assert.equal(answer.status, 401, what);
      assert.match(answer.headers.get('www-authenticate'), /resource_metadata="http.*error="invalid_token"/, what);
    }
    assert.equal(await dbops.status(good), 200);
  });

  it('an expired token is refused', async () => {
    const brief = await dbops.token('db:read', '?ttl=2');
    assert.equal(await dbops.status(brief), 200);
    await eventually('it expires', async () => await dbops.status(brief) === 401);
    assert.match((await dbops.call(brief)).headers.get('www-authenticate'), /the token has expired/);
  });

  it('while the authorization server is down known keys are enough, and unknown ones are no reason to ask a client to log in', async () => {
    const good = await dbops.token('db:read');
    const other = new Dbops();
    provider.down = true;
    assert.equal(await dbops.status(good), 200);
    await other.start('keys_refetch = "100ms"');
    const answer = await other.call(good);
    assert.equal(answer.status, 503);
    assert.ok(answer.headers.get('retry-after'));
    provider.down = false;
    const own = await other.token('db:read');
    await eventually('it comes back', async () => await other.status(own) === 200);
    await other.stop();
  });

  it('no token or secret was logged', async () => {
    const token = await dbops.token('db:read');
    await dbops.status(token);
    for (const secret of [token, token.split('.')[2], kSecret]) assert.ok(!dbops.said.includes(secret));
  });
});

describe('tokens that are asked about', () => {
  const dbops = new Dbops();
  const kIntrospect = 'tokens = "introspection"\nclient_id = "dbops"\nclient_secret = { env = "OAUTH_SECRET" }\nanswer_life = "0s"';
  before(() => dbops.start(kIntrospect));
  after(() => dbops.stop());
  beforeEach(() => { provider.down = false; });

  it('one is good until it is revoked', async () => {
    const token = await dbops.token('db:read', '?opaque');
    assert.equal(await dbops.status(token), 200);
    await provider.revoke(token);
    const answer = await dbops.call(token);
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate'), /not active/);
    assert.equal(await dbops.status('never-was-one'), 401);
    assert.equal(await dbops.status(await provider.token('http://other.example/mcp?opaque')), 401, 'another audience');
  });

  it('while the authorization server is down nothing is known', async () => {
    const token = await dbops.token('db:read', '?opaque');
    provider.down = true;
    assert.equal(await dbops.status(token), 503);
    provider.down = false;
    assert.equal(await dbops.status(token), 200);
    assert.ok(!dbops.said.includes(token) && !dbops.said.includes(kSecret));
    assert.match(dbops.said, /could not be introspected.*status 503/);
  });

  it('a server that may not ask says so to its log alone', async () => {
    const stranger = new Dbops();
    await stranger.start(kIntrospect.replace('"dbops"', '"nobody"'));
    const answer = await stranger.call(await stranger.token('db:read', '?opaque'));
    assert.equal(answer.status, 503);
    await eventually('the log has it', () => stranger.said.includes('could not be introspected'));
    await stranger.stop();
  });
});

// What a browser would do: follow redirects, with cookies, until they lead to the client.
async function browse(url) {
  const cookies = new Map();
  let next = new URL(url);
  while (!next.pathname.startsWith('/callback')) {
    const response = await fetch(next, { redirect: 'manual', headers: { Cookie: [...cookies].map(pair => pair.join('=')).join('; ') } });
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split('=');
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    assert.ok(location, `${next.pathname} leads on: ${response.status} ${await response.text()}`);
    next = new URL(location, next);
  }
  return next.searchParams;
}
