// What every engine script shares: its settings are the first line on stdin, one JSON value. It answers with one line
// when it is ready; each later line on stdin is a question, answered with one line. It ends when stdin does, so that
// nothing outlives the test that started it, however that test ends.
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

// Engines print to stdout what belongs on stderr; stdout carries answers only.
for (const name of ['log', 'info', 'debug']) console[name] = console.error;

/** `start(settings)` makes the engine and gives `{ ready, answer?, end? }`. */
export async function run(start) {
  const first = await lines.next();
  if (first.done) process.exit(0);
  const { ready, answer, end } = await start(JSON.parse(first.value));
  say(ready);
  for await (const line of { [Symbol.asyncIterator]: () => lines }) {
    try {
      if (!answer) throw new Error('this engine answers no questions');
      say({ ok: (await answer(JSON.parse(line))) ?? null });
    } catch (error) {
      say({ error: String(error?.stack ?? error) });
    }
  }
  await end?.();
  process.exit(0);
}

/** Listens on loopback, on a port of the system's choice unless one is given, and tells which. */
export async function listen(server, port = 0) {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** Applies `{ set: {…}, remove: [...] }` to an object. */
export function bend(object, change = {}) {
  Object.assign(object, change.set);
  for (const name of change.remove ?? []) delete object[name];
}
