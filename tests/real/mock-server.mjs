// oauth2-mock-server as an engine: signs everybody on at once, and bends what it says on demand. Settings:
//   alg     the signing key's algorithm, RS256 by default
//   port    to come back at the same address; left out, any free one
// A question is what to bend from now on, replacing what was bent before; {} is honest again:
//   id_token: { header: { set, remove }, claims: { set, remove } }     access_token: likewise
//   token_response: { status, set, remove }    userinfo: { status, set, remove }
//   redirect: { set, remove }                  discovery: { set, remove }
// The answer is how often each was bent before this question.
import { createServer } from 'node:http';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import { bend, listen, run } from './engine.mjs';

await run(async ({ alg = 'RS256', port }) => {
  let bends = {};
  let counts = {};
  const wanted = (name) => {
    if (bends[name]) counts[name] = (counts[name] ?? 0) + 1;
    return bends[name];
  };

  const issuer = new OAuth2Issuer();
  await issuer.keys.generate(alg);
  const service = new OAuth2Service(issuer);
  const server = createServer((req, res) => {
    const change = req.url === '/.well-known/openid-configuration' && wanted('discovery');
    if (change) {
      // express ends a JSON answer through res.send(text): the text is bent on its way out.
      const end = res.end.bind(res);
      res.end = (chunk, ...rest) => {
        const document = JSON.parse(chunk.toString());
        bend(document, change);
        const text = JSON.stringify(document);
        res.setHeader('content-length', Buffer.byteLength(text));
        res.removeHeader('etag');
        return end(text, ...rest.filter((r) => typeof r === 'function'));
      };
    }
    service.requestHandler(req, res);
  });
  issuer.url = `http://localhost:${await listen(server, port)}`;

  service.on('beforeTokenSigning', (token) => {
    // Both tokens of a code exchange are JWTs; only the access token has a scope.
    const change = wanted('scope' in token.payload ? 'access_token' : 'id_token');
    bend(token.header, change?.header);
    bend(token.payload, change?.claims);
  });
  const bendResponse = (name) => (response) => {
    const change = wanted(name);
    if (!change) return;
    response.statusCode = change.status ?? response.statusCode;
    bend(response.body, change);
  };
  service.on('beforeResponse', bendResponse('token_response'));
  service.on('beforeUserinfo', bendResponse('userinfo'));
  service.on('beforeAuthorizeRedirect', (redirect) => {
    const change = wanted('redirect');
    const query = redirect.url.searchParams;
    for (const [name, value] of Object.entries(change?.set ?? {})) query.set(name, value);
    for (const name of change?.remove ?? []) query.delete(name);
  });

  return {
    ready: { issuer: issuer.url },
    answer(question) {
      const before = counts;
      [bends, counts] = [question, {}];
      return before;
    },
  };
});
