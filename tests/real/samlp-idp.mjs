// samlp as an engine: a SAML provider with a sign-in page. What it is set to and asked is told in saml_provider.rs.
import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { inflateRawSync } from 'node:zlib';
import { DOMParser } from '@xmldom/xmldom';
import express from 'express';
import samlp from 'samlp';
import SessionParticipants from 'samlp/lib/sessionParticipants/index.js';
import { listen, run } from './engine.mjs';

const bindings = {
  redirect: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
  post: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
};
const formats = 'urn:oasis:names:tc:SAML:1.1:nameid-format:';
const ciphers = {
  'aes128-gcm': 'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'aes256-gcm': 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'aes128-cbc': 'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  'aes256-cbc': 'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'tripledes-cbc': 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc',
};
const defaults = {
  sign: 'both', hash: 'sha256', encrypt: null, minutes: 5, signed_requests: false, logout: 'redirect',
  name_id: `${formats}emailAddress`, context: null,
};
// What it would leave out without saying so, were it asked for.
const unable = ['key_transport', 'session_minutes', 'attribute_format', 'repeat'];

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (pending, message = '') => `<!doctype html><html lang="en"><title>Sign in at the provider</title>
<h1>Sign in at the provider</h1><p role="alert">${message}</p>
<form id="login" method="post" action="/sign-in"><input type="hidden" name="pending" value="${escape(pending)}">
<label>Login <input name="login" autofocus></label>
<label>Password <input name="password" type="password"></label>
<button name="action" value="sign-in">Sign in</button>
<button name="action" value="refuse">Refuse</button></form></html>`;

function keyPair(number) {
  const options = ['-newkey', 'rsa:2048', '-nodes', '-days', '365', '-subj', `/CN=provider ${number}`];
  const both = execFileSync('openssl', ['req', '-x509', ...options, '-keyout', '-', '-out', '-'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  const cut = (name) => both.match(new RegExp(`-----BEGIN ${name}-----[^]*?-----END ${name}-----\n`))[0];
  return { key: cut('PRIVATE KEY'), cert: cut('CERTIFICATE') };
}

const parse = (text) => new DOMParser().parseFromString(text, 'text/xml').documentElement;

/** What is needed of a service provider's metadata. */
function partner(text) {
  const root = parse(text);
  const all = (name) => Array.from(root.getElementsByTagNameNS('urn:oasis:names:tc:SAML:2.0:metadata', name));
  const pem = (der) => `-----BEGIN CERTIFICATE-----\n${der.replace(/\s/g, '').match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`;
  const certificates = (use) => all('KeyDescriptor')
    .filter((key) => [use, ''].includes(key.getAttribute('use')))
    .map((key) => pem(key.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'X509Certificate')[0].textContent));
  return {
    entityId: root.getAttribute('entityID'),
    acs: all('AssertionConsumerService').map((acs) => acs.getAttribute('Location')),
    slo: Object.fromEntries(all('SingleLogoutService').map((slo) => [slo.getAttribute('Binding'), slo.getAttribute('Location')])),
    signing: certificates('signing')[0],
    encryption: certificates('encryption')[0],
  };
}

/** States of a logout that goes from party to party. */
class Store extends Map {
  save(_req, state, done) {
    const id = randomBytes(16).toString('hex');
    this.set(id, state);
    done(null, id);
  }
  update(_req, id, state, done) {
    this.set(id, state);
    done(null, id);
  }
  load(_req, id, options, done = options) {
    const state = this.get(id);
    if (options.destroy) this.delete(id);
    done(null, state);
  }
}

await run(async ({ accounts, port }) => {
  const keys = [keyPair(0), keyPair(1)];
  let signing = 0;
  let serve = defaults;
  let partners = new Map();
  let [messages, finished] = [[], []];
  const sessions = new Map();
  const pending = new Map();
  const store = new Store();
  const app = express();
  const server = createServer(app);
  const base = `http://localhost:${await listen(server, port)}`;
  const issuer = `${base}/metadata`;

  const common = () => ({
    issuer, ...keys[signing], signatureAlgorithm: `rsa-${serve.hash}`, digestAlgorithm: serve.hash,
    signResponse: ['response', 'both'].includes(serve.sign), signAssertion: ['assertion', 'both'].includes(serve.sign),
  });

  function note(req) {
    const binding = req.method === 'GET' ? 'redirect' : 'post';
    const given = { ...req.query, ...req.body };
    const bytes = Buffer.from(given.SAMLRequest ?? given.SAMLResponse, 'base64');
    const xml = (binding === 'redirect' ? inflateRawSync(bytes) : bytes).toString();
    const signed = 'Signature' in given || xml.includes('SignatureValue>');
    messages.push({ binding, signed, xml, relay_state: given.RelayState ?? null });
    const root = parse(xml);
    const inside = (ns, name) => root.getElementsByTagNameNS(`urn:oasis:names:tc:SAML:2.0:${ns}`, name)[0];
    if (given.SAMLResponse) {
      finished.push({ status: inside('protocol', 'StatusCode').getAttribute('Value'), to: root.getAttribute('InResponseTo') });
    }
    return { root, inside };
  }

  /** Both parse the request, by which it is verified too. */
  function verified(req, sp) {
    if (serve.signed_requests && !sp.signing) throw new Error('this service provider has no key to sign with');
    const options = serve.signed_requests
      ? { signingCert: sp.signing, deflate: req.method === 'GET', relayState: req.query.RelayState }
      : {};
    return new Promise((done, failed) => samlp.parseRequest(req, options, (error, data) => error ? failed(error) : done(data)));
  }

  const to = (asked) => ({ inResponseTo: asked.id, destination: asked.acs, RelayState: asked.relay });
  function refuse(asked, res, next, code, description) {
    samlp.sendError({ ...common(), ...to(asked), error: { code, description }, getPostURL: (_req, done) => done(null, asked.acs) })({}, res, next);
  }

  function respond(asked, session, res, next) {
    const { sp } = asked;
    const { login, email, attributes } = session.account;
    const format = [undefined, `${formats}unspecified`].includes(asked.format) ? serve.name_id : asked.format;
    const opaque = createHash('sha256').update(`${login} at ${sp.entityId}`).digest('hex');
    const id = format.endsWith('emailAddress') ? email : format.endsWith('transient') ? randomBytes(16).toString('hex') : opaque;
    const sessionIndex = randomBytes(16).toString('hex');
    session.participants.push({
      serviceProviderId: sp.entityId, nameId: id, nameIdFormat: format, sessionIndex,
      serviceProviderLogoutURL: sp.slo[bindings[serve.logout]], cert: sp.signing, binding: bindings[serve.logout],
    });
    const encryption = serve.encrypt && {
      encryptionCert: sp.encryption,
      encryptionPublicKey: new X509Certificate(sp.encryption).publicKey.export({ type: 'spki', format: 'pem' }),
      encryptionAlgorithm: ciphers[serve.encrypt],
      disallowEncryptionWithInsecureAlgorithm: false,
    };
    const user = { id, emails: [{ value: email }], displayName: login, name: {}, ...attributes };
    samlp.auth({
      ...common(), ...to(asked), ...encryption, audience: sp.entityId, recipient: asked.acs, sessionIndex,
      nameIdentifierFormat: format, lifetimeInSeconds: serve.minutes * 60,
      authnContextClassRef: serve.context ?? asked.context ?? 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
      getPostURL: (_audience, _xml, _req, done) => done(null, asked.acs),
    })({ method: 'POST', query: {}, body: {}, user }, res, next);
  }

  const session = (req) => sessions.get(/(?:^|; )idp=(\w+)/.exec(req.headers.cookie ?? '')?.[1]);
  app.use(express.urlencoded({ extended: false, limit: '1mb' }), (req, res, next) => {
    req.body ??= {};
    res.set('Cache-Control', 'no-store');
    next();
  });

  app.get('/metadata', (req, res) => samlp.metadata({
    issuer, cert: keys[signing].cert, redirectEndpointPath: '/sso', postEndpointPath: '/sso',
    logoutEndpointPaths: { redirect: '/slo', post: '/slo' },
  })(req, res));

  app.all('/sso', async (req, res, next) => {
    const { root, inside } = note(req);
    const sp = partners.get(inside('assertion', 'Issuer').textContent);
    if (!sp) return res.status(400).send('this service provider is not known here');
    const data = await verified(req, sp);
    const acs = data.assertionConsumerServiceURL ?? sp.acs[0];
    if (!sp.acs.includes(acs)) return res.status(400).send("that address is none of this service provider's");
    const asked = {
      sp, acs, id: data.id, relay: req.query.RelayState ?? req.body.RelayState,
      format: inside('protocol', 'NameIDPolicy')?.getAttribute('Format') || undefined,
      context: data.requestedAuthnContext?.authnContextClassRef,
    };
    const known = session(req);
    if (known && data.forceAuthn !== 'true') return respond(asked, known, res, next);
    if (root.getAttribute('IsPassive') === 'true') {
      return refuse(asked, res, next, 'urn:oasis:names:tc:SAML:2.0:status:NoPassive', 'nobody is signed in here');
    }
    pending.set(asked.id, asked);
    res.send(page(asked.id));
  });

  app.get('/unsolicited', (req, res, next) => {
    const sp = partners.get(req.query.sp);
    const asked = { sp, acs: sp.acs[0], relay: req.query.RelayState };
    const known = session(req);
    if (known) return respond(asked, known, res, next);
    const id = randomBytes(16).toString('hex');
    pending.set(id, asked);
    res.send(page(id));
  });

  app.post('/sign-in', (req, res, next) => {
    const { login, password, action } = req.body;
    const asked = pending.get(req.body.pending);
    if (action === 'refuse') return refuse(asked, res, next, undefined, 'refused at the provider');
    const account = accounts.find((account) => account.login === login && account.password === password);
    if (!account) return res.status(401).send(page(req.body.pending, 'Wrong login or password.'));
    pending.delete(req.body.pending);
    const token = randomBytes(16).toString('hex');
    sessions.set(token, { account, participants: [] });
    res.set('Set-Cookie', `idp=${token}; Path=/; HttpOnly; Secure; SameSite=None`);
    respond(asked, sessions.get(token), res, next);
  });

  const logout = (participants, done = (cb) => cb()) => samlp.logout({
    ...common(), deflate: true, protocolBinding: bindings[serve.logout], store,
    sessionParticipants: new SessionParticipants(participants), clearIdPSession: done,
  });
  // As the library wants it, the browser's session tells whom to log out.
  app.all('/slo', (req, res, next) => {
    note(req);
    const known = session(req);
    logout(known?.participants ?? [], (cb) => {
      for (const [token, each] of sessions) if (each === known) sessions.delete(token);
      cb();
    })(req, res, next);
  });
  app.get('/sign-out', (req, res, next) => logout(session(req).participants)(req, res, next));

  app.use((error, _req, res, _next) => {
    console.error(error);
    res.status(error.status ?? 500).type('text').send(String(error?.stack ?? error));
  });

  return {
    ready: { base, entity_id: issuer },
    answer(question) {
      if (question === 'messages') return messages.splice(0);
      if (question === 'finished') return finished.splice(0);
      if (question === 'certificates') return keys.map(({ cert }) => cert);
      if (question.partners) partners = new Map(question.partners.map(partner).map((sp) => [sp.entityId, sp]));
      if (question.serve) {
        const asked = Object.keys(question.serve).filter((name) => unable.includes(name));
        if (asked.length) throw new Error(`samlp can't: ${asked}`);
        serve = { ...defaults, ...question.serve };
      }
      if (question.keys) ({ signing } = question.keys);
    },
  };
});
