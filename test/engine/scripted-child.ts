/**
 * Stands in for the engine's child where a test needs one that misbehaves. It speaks the protocol and does what the
 * folder's name (while loading), the prompt (while generating) and the first byte (while enlarging) say.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseParentMessage } from '#src/engine/protocol.ts';
import type { ChildMessage, EnlargeCall, GenerateCall, LoadCall } from '#src/engine/protocol.ts';
import { firstByte } from './first-byte.ts';

let cancelled = -1;
const send = (message: ChildMessage | object): void => void process.send?.(message);
const fail = (id: number, code: string, message: string): void => send({ kind: 'failed', id, code, message, detail: {} });
/** As a graph that computes: no message is read meanwhile. */
const block = (): never => {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
};

const load = ({ id, folder, provider }: LoadCall): void => {
  appendFileSync(join(folder, 'starts'), `${provider} ${process.pid}\n`);
  const starts = readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').length;
  const behaviour = basename(folder);
  if (behaviour === 'crashes') process.exit(3);
  if (behaviour === 'crashes-twice' && starts <= 2) process.kill(process.pid, 'SIGSEGV');
  if (behaviour === 'crashes-on-cuda' && provider === 'cuda') {
    process.stderr.write('first line\nlibcudart.so.12: cannot open shared object file\n', () => process.exit(4));
    return;
  }
  if (behaviour === 'only-cpu' && provider !== 'cpu') return fail(id, 'provider_unavailable', `no ${provider} here`);
  if (behaviour === 'no-provider') return fail(id, 'provider_unavailable', `no ${provider} here`);
  if (behaviour === 'broken') return fail(id, 'model_truncated', 'unet/model.onnx ends early');
  if (behaviour === 'hangs') block();
  if (behaviour === 'garbles') return send({ kind: 'ready', id, loadMs: 'soon' });
  send({ kind: 'ready', id, loadMs: 1, warmUpMs: 1, weightsBytes: 1 });
};

const generate = async ({ id, prompt, width, height, steps: asked, seed, init, upscale }: GenerateCall): Promise<void> => {
  const steps = Math.ceil(asked * (init?.strength ?? 1));
  const timings = { textMs: 1, denoiseMs: 2, decodeMs: 3, totalMs: 6, sessionRunMs: 5 };
  const tiles = upscale ? 1 : 0;
  if (prompt === 'exit') process.exit(7);
  if (prompt === 'disconnect') return process.disconnect();
  if (prompt === 'hang') block();
  if (prompt === 'garble') return send({ kind: 'result', id, width, height, pixels: new Uint8Array(5), seed, timings });
  if (prompt === 'nan') return fail(id, 'nan', 'the VAE answered with NaN');
  if (prompt === 'environment') return fail(id, 'internal', JSON.stringify(process.env));
  for (let step = 1; step <= steps; step++) {
    if (cancelled === id) return fail(id, 'cancelled', 'cancelled');
    send({ kind: 'progress', id, step, steps: steps + tiles, tiles });
    await delay(prompt === 'slow' ? 50 : 1);
  }
  if (prompt === 'enlarge and exit' && upscale) process.exit(9);
  send({ kind: 'result', id, width, height, pixels: new Uint8Array(width * height * 3).fill(seed), seed, timings });
};

const enlarge = async ({ id, width, height, pixels, upscale: { factor, providers } }: EnlargeCall): Promise<void> => {
  const [first] = pixels;
  if (first === firstByte.exits) process.exit(8);
  if (first === firstByte.hangs) block();
  if (first === firstByte.isTooLarge) return fail(id, 'out_of_memory', 'no memory for this picture');
  if (first === firstByte.hasNoFolder) return fail(id, 'model_missing', 'there is no upscaler folder');
  const tiles = first === firstByte.isSlow ? 50 : 2;
  for (let step = 1; step <= tiles; step++) {
    if (cancelled === id) return fail(id, 'cancelled', 'cancelled');
    send({ kind: 'progress', id, step, steps: tiles, tiles });
    await delay(tiles);
  }
  const larger = { width: width * factor, height: height * factor, pixels: new Uint8Array(pixels.length * factor ** 2).fill(factor) };
  send({ kind: 'enlarged', id, ...larger, upscaleMs: 3, provider: providers[0] });
};

process.on('message', (received) => {
  const message = parseParentMessage(received);
  if (message?.kind === 'load') load(message);
  else if (message?.kind === 'cancel') cancelled = message.id;
  else if (message) void (message.kind === 'enlarge' ? enlarge(message) : generate(message));
});
process.on('disconnect', () => process.exit(0));
