/** Stands in for the child of picture models where a test needs one that misbehaves: it does what the first pixel says. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseModelParentMessage } from '#src/engine/model-messages.ts';
import type { LookCall, ModelChildMessage } from '#src/engine/model-messages.ts';
import { acts } from './first-pixel.ts';

let folder = '';
const send = (message: ModelChildMessage | object): void => void process.send?.(message);
const note = (line: string): void => appendFileSync(join(folder, 'notes'), `${line}\n`);
const timesNoted = (start: string): number =>
  readFileSync(join(folder, 'notes'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(start)).length;

const look = async ({ id, pixels }: LookCall): Promise<void> => {
  const [act, second = 0] = pixels;
  note(`look ${act} ${process.pid}`);
  if (act === acts.exits) process.exit(7);
  if (act === acts.exitsOnce && timesNoted(`look ${act} `) === 1) process.exit(8);
  if (act === acts.hangs) for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  if (act === acts.garbles) return send({ kind: 'seen', id, values: 'red' });
  if (act === acts.fails) return send({ kind: 'failed', id, code: 'nan', message: 'NaN for a picture', detail: {} });
  while (act === acts.waitsForGate && !existsSync(join(folder, 'gate'))) await delay(5);
  const tokens = act === acts.tellsEnvironment && process.env['BLITZBILD_TOKEN'] !== undefined ? 1 : 0;
  send({ kind: 'seen', id, values: Float32Array.of(second, tokens) });
};

process.on('message', (received) => {
  const message = parseModelParentMessage(received);
  if (message?.kind === 'load') {
    ({ folder } = message.spec);
    note(`load ${message.key} ${process.pid}`);
    send({ kind: 'loaded', id: message.id });
  } else if (message) void look(message);
});
process.on('disconnect', () => process.exit(0));
