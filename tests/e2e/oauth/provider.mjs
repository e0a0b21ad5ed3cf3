// A real authorization server on loopback: OpenID Connect, whose keys can be rotated, and which can be down.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.DBOPS_OAUTH}/`);
const { Provider } = await import(require.resolve('oidc-provider'));

export const kSecret = 'the-secret-of-a-client-0123456789';
const kScopes = 'db:read db:write db:admin db:write:lite';
const kKinds = { RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }], EdDSA: ['ed25519', {}] };

let keys = 0;
function makeKey(algorithm) {
  const { privateKey } = generateKeyPairSync(...kKinds[algorithm]);
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: algorithm === 'EdDSA' ? 'EdDSA' : algorithm, kid: `key-${++keys}` };
}

// Resources: any URL; its query says how their tokens are: ?opaque, ?ttl=1.
export class AuthorizationServer {
  constructor() {
    this.down = false;
    this.asked = [];
    this.server = createServer((request, response) => {
      this.asked.push(request.url.split('?')[0]);
      if (this.down) return response.writeHead(503).end();
      return this.provider.callback()(request, response);
    });
  }

  async start() {
    await new Promise(done => this.server.listen(0, '127.0.0.1', done));
    this.issuer = `http://127.0.0.1:${this.server.address().port}`;
    this.rotate('ES256');
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise(done => this.server.close(done));
  }

  // From here on tokens are signed by a new key, and the one before is gone.
  rotate(algorithm) {
    const client = (client_id, more) => ({ client_id, client_secret: kSecret, grant_types: ['client_credentials'], redirect_uris: [],
      response_types: [], scope: kScopes, ...more });
    this.provider = new Provider(this.issuer, {
      jwks: { keys: [makeKey(algorithm)] },
      clients: [
        client('robot'),
        client('dbops'),
        client('agent', { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
          redirect_uris: ['http://127.0.0.1:1/callback'], token_endpoint_auth_method: 'none', client_secret: undefined,
          application_type: 'native', scope: `openid offline_access ${kScopes}` }),
      ],
      scopes: ['openid', 'offline_access', ...kScopes.split(' ')],
      enabledJWA: { clientAuthSigningAlgValues: ['HS256', 'RS256', 'ES256', 'EdDSA'], idTokenSigningAlgValues: [algorithm] },
      clientDefaults: { id_token_signed_response_alg: algorithm },
      features: {
        clientCredentials: { enabled: true },
        introspection: { enabled: true },
        revocation: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => undefined,
          useGrantedResource: () => true,
          getResourceServerInfo: (context, resource) => {
            const asked = new URL(resource).searchParams;
            return { scope: kScopes, audience: resource.split('?')[0], accessTokenTTL: Number(asked.get('ttl') ?? 600),
              accessTokenFormat: asked.has('opaque') ? 'opaque' : 'jwt', jwt: { sign: { alg: algorithm } } };
          },
        },
      },
      pkce: { required: () => true },
      cookies: { keys: ['for tests'] },
      findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
    });
    // Whoever comes is ada, and says yes to everything.
    this.provider.use(async (context, next) => {
      if (!context.path.startsWith('/interaction/')) return next();
      const { prompt, params, session } = await this.provider.interactionDetails(context.req, context.res);
      const result = { login: { accountId: 'ada' } };
      if (prompt.name === 'consent') {
        const grant = new this.provider.Grant({ accountId: session.accountId, clientId: params.client_id });
        grant.addOIDCScope(params.scope);
        grant.addResourceScope(params.resource, params.scope);
        result.consent = { grantId: await grant.save() };
      }
      await this.provider.interactionFinished(context.req, context.res, result);
      context.respond = false;
    });
  }

  async token(resource, scope = 'db:read', client = 'robot') {
    const response = await fetch(`${this.issuer}/token`, { method: 'POST', headers: basic(client),
      body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope }) });
    const said = await response.json();
    if (!said.access_token) throw new Error(JSON.stringify(said));
    return said.access_token;
  }

  async revoke(token) {
    await fetch(`${this.issuer}/token/revocation`, { method: 'POST', headers: basic('robot'), body: new URLSearchParams({ token }) });
  }
}

const basic = client => ({ Authorization: `Basic ${btoa(`${client}:${kSecret}`)}` });
