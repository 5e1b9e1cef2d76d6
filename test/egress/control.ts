/** Reaches out on purpose, each time in another way: what the tracer has to see. Run by steps.ts inside the network without an outside. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const graph = join(import.meta.dirname, '../../models/embedded/text_encoder/model.onnx');
/** An address that belongs to nobody, RFC 5737, and a name that can't exist, RFC 2606. */
const [address, name] = ['192.0.2.1', 'outside.invalid'];
/** It asks its maker’s host nine seconds after its first session, in a thread of its own (measured): three times as long nothing may come. */
const silentMs = 30_000;
/** So long a breach has time to come, on a machine that is slow or busy. */
const breachWithinMs = 60_000;
/** Whoever looks ends the input as soon as the breach was seen. */
const untilSeen = async (): Promise<unknown> =>
  Promise.race([once(process.stdin.resume(), 'end'), delay(breachWithinMs, undefined, { ref: false })]).finally(() =>
    process.stdin.destroy(),
  );
const failing = async (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => {},
    () => {},
  );

export const controls: Readonly<Record<string, () => Promise<void>>> = {
  fetch: () => failing(fetch(`http://${address}/`)),
  'fetch in a process of its own': () => failing(promisify(execFile)(process.execPath, [import.meta.filename, 'fetch'])),
  // Loaded where it is used: Node reads the system's list of name servers as soon as it is.
  getaddrinfo: async () => failing((await import('node:dns/promises')).lookup(name)),
  'DNS without the system': async () => failing((await import('node:dns/promises')).resolve4(name)),
  'a datagram': async () => {
    const { createSocket } = await import('node:dgram');
    const socket = createSocket('udp4');
    await failing(new Promise((resolve, reject) => socket.send('x', 9, address, (error) => (error === null ? resolve(0) : reject(error)))));
    socket.close();
  },
  'another port of this machine': () => failing(fetch('http://127.0.0.1:8448/')),
  'onnxruntime as it comes': async () => {
    const { InferenceSession } = await import('onnxruntime-node');
    const session = await InferenceSession.create(graph);
    await untilSeen();
    await session.release();
  },
  'onnxruntime as this program loads it': async () => {
    const { OnnxSession } = await import('#src/inference/session.ts');
    const session = await OnnxSession.open(graph, { provider: 'cpu' });
    await delay(silentMs);
    await session.release();
  },
};

if (import.meta.filename === process.argv[1]) {
  const [, , what = ''] = process.argv;
  await controls[what]?.();
  process.stdout.write(`done: ${what}\n`);
}
