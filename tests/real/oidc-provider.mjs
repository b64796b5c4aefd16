// oidc-provider, certified by its makers, as an engine. Settings:
//   clients   registered client metadata, as OpenID Connect Dynamic Client Registration names it
//   accounts  [{ sub, password, claims: {…} }]; `login` is the sub
//   settings  merged into the provider's own configuration (features, conformIdTokenClaims, …)
//   slash     whether the issuer ends in one
//   port      to come back at the same address; left out, any free one
//   kids      what ends the `kid` of each key; left out, it is another at every start
// Questions:
//   "requests"        what the provider was asked since the last time: [{ method, path, authorization, origin }]
//   "interactions"    what it had to ask the user since the last time: [{ prompt, reasons, params }], of the request
//                     every parameter that it understood
//   { hold: path }    keeps requests for this path waiting; null lets them go on
//   { signedInAgo }   how many seconds ago those who sign in from now on did so
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import * as oidc from 'oidc-provider';
import { listen, run } from './engine.mjs';

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const confirmation = (uid, prompt) => `<!doctype html><html lang="en"><title>Confirm at the provider</title>
<h1>Confirm at the provider</h1><p>${prompt}</p>
<form id="confirm" method="post" action="/interaction/${uid}"><button name="action" value="confirm">Confirm</button></form></html>`;
const page = (uid, message) => `<!doctype html><html lang="en"><title>Sign in at the provider</title>
<h1>Sign in at the provider</h1>${message ? `<p role="alert">${escape(message)}</p>` : ''}
<form id="login" method="post" action="/interaction/${uid}">
<label>Login <input name="login" autofocus></label>
<label>Password <input name="password" type="password"></label>
<button name="action" value="sign-in">Sign in</button>
<button name="action" value="refuse">Refuse</button>
</form></html>`;

function signingKeys(kids) {
  const kinds = [
    ['rsa', { modulusLength: 2048 }, 'key-rsa'],
    ['ec', { namedCurve: 'P-256' }, 'key-p256'],
    ['ec', { namedCurve: 'P-384' }, 'key-p384'],
    ['ed25519', {}, 'key-ed25519'],
  ];
  return kinds.map(([type, options, name]) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    use: 'sig',
    kid: `${name}-${kids ?? randomBytes(4).toString('hex')}`,
  }));
}

async function form(req) {
  let body = '';
  for await (const chunk of req) body += chunk;
  return new URLSearchParams(body);
}

const signing = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA', 'Ed25519', 'HS256'];

const claims = {
  openid: ['sub'],
  email: ['email', 'email_verified'],
  groups: ['groups', 'roles'],
  acr: null, auth_time: null, iss: null, sid: null,
};

/** The claims of each scope: whatever has no other place is opened by `profile`. */
function claimsOf(accounts) {
  const placed = Object.values(claims).flat();
  const names = accounts.flatMap((account) => Object.keys(account.claims)).filter((name) => !placed.includes(name));
  return { ...claims, profile: [...new Set(['name', ...names])] };
}

await run(async ({ clients = [], accounts = [], settings = {}, slash = false, port, kids }) => {
  const requests = [];
  const interactions = [];
  let held = { path: null };
  let signedInAgo = 0;
  let handle;
  const server = createServer((req, res) => handle(req, res));
  const issuer = `http://localhost:${await listen(server, port)}${slash ? '/' : ''}`;
  const byLogin = new Map(accounts.map((account) => [account.sub, account]));

  const policy = oidc.interactionPolicy.base();
  policy.add(new oidc.interactionPolicy.Prompt({ name: 'select_account', requestable: true }));

  const provider = new oidc.Provider(issuer, {
    clients,
    jwks: { keys: signingKeys(kids) },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: claimsOf(accounts),
    acrValues: ['silver', 'gold'],
    findAccount: (_ctx, sub) => byLogin.has(sub) ? { accountId: sub, claims: () => ({ sub, ...byLogin.get(sub).claims }) } : undefined,
    // Consent is given in advance: what is tested is the relying party.
    async loadExistingGrant(ctx) {
      const { client, session, params } = ctx.oidc;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(params.scope);
      await grant.save();
      return grant;
    },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    enabledJWA: {
      idTokenSigningAlgValues: signing,
      userinfoSigningAlgValues: signing,
      clientAuthSigningAlgValues: signing,
    },
    // The provider's own default refuses loopback addresses.
    fetch: (url, options) => globalThis.fetch(url, options),
    ...settings,
    features: {
      devInteractions: { enabled: false },
      jwtUserinfo: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      ...settings.features,
    },
  });
  provider.on('server_error', (_ctx, error) => console.error(error));

  const respond = provider.callback();
  async function interact(req, res, uid) {
    const { prompt, params } = await provider.interactionDetails(req, res);
    if (req.method !== 'POST') interactions.push({ prompt: prompt.name, reasons: prompt.reasons, params });
    const show = (status, html) => res.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
    if (prompt.name !== 'login') {
      if (req.method !== 'POST') return show(200, confirmation(uid, prompt.name));
      return provider.interactionFinished(req, res, { [prompt.name]: {} });
    }
    if (req.method !== 'POST') return show(200, page(uid));
    const given = await form(req);
    if (given.get('action') === 'refuse') {
      return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'refused at the provider' });
    }
    const account = byLogin.get(given.get('login'));
    if (!account || account.password !== given.get('password')) return show(401, page(uid, 'Wrong login or password.'));
    const ts = Math.floor(Date.now() / 1000) - signedInAgo;
    return provider.interactionFinished(req, res, { login: { accountId: account.sub, ts, acr: 'silver' } });
  }

  handle = async (req, res) => {
    const { pathname } = new URL(req.url, issuer);
    requests.push({
      method: req.method,
      path: pathname,
      authorization: req.headers.authorization?.split(' ')[0] ?? null,
      origin: req.headers.origin ?? null,
    });
    if (pathname === held.path) await held.released;
    const uid = /^\/interaction\/([\w-]+)$/.exec(pathname)?.[1];
    if (!uid) return respond(req, res);
    return interact(req, res, uid).catch((error) => {
      console.error(error);
      res.writeHead(500).end(String(error));
    });
  };

  return {
    ready: { issuer },
    answer(question) {
      if (question === 'requests') return requests.splice(0);
      if (question === 'interactions') return interactions.splice(0);
      if ('hold' in question) {
        held.release?.();
        held = { path: question.hold };
        held.released = new Promise((resolve) => { held.release = resolve; });
        return null;
      }
      if ('signedInAgo' in question) return ({ signedInAgo } = question).signedInAgo;
      throw new Error(`no such question: ${JSON.stringify(question)}`);
    },
  };
});
