// A server with a certificate, over TLS on 127.0.0.1. Settings:
//   key, cert    in PEM
//   pages        what it answers at which path: { "/metadata": { type, body } }; 404 elsewhere
// It is ready with { port }. Any question is answered with what it has seen since it started:
//   connections  that were opened
//   handshakes   that the client ended well
//   failures     the codes of those that it broke off
//   requests     the paths that came through
import { createServer } from 'node:https';
import { listen, run } from './engine.mjs';

await run(async ({ key, cert, pages }) => {
  const seen = { connections: 0, handshakes: 0, failures: [], requests: [] };
  const server = createServer({ key, cert }, (req, res) => {
    seen.requests.push(req.url);
    const page = pages[req.url];
    res.writeHead(page ? 200 : 404, { 'content-type': page?.type ?? 'text/plain' });
    res.end(page?.body ?? '');
  });
  server.on('connection', () => (seen.connections += 1));
  server.on('secureConnection', () => (seen.handshakes += 1));
  server.on('tlsClientError', (error) => seen.failures.push(error.code));
  const port = await listen(server);
  return { ready: { port }, answer: () => seen, end: () => server.closeAllConnections() };
});
