/**
 * The process in which models look at pictures: apart from the one that draws, so that neither waits for the other, and apart from the
 * program, because a graph blocks for the length of its run. It ends with its channel.
 */
import { setPriority } from 'node:os';
import { parseModelParentMessage } from '#src/engine/model-messages.ts';
import type { LoadModelCall, LookCall, ModelChildMessage } from '#src/engine/model-messages.ts';
import { InferenceError } from '#src/inference/errors.ts';
import { VisionModel } from '#src/inference/vision/vision-model.ts';

/** Behind the engine, which draws with 5; before onnxruntime makes its threads, which inherit it. */
const backgroundPriority = 10;

const models = new Map<string, Promise<VisionModel>>();

const send = (message: ModelChildMessage): void => {
  if (process.connected) process.send?.(message);
};

const load = async ({ id, key, spec, threads }: LoadModelCall): Promise<void> => {
  const opening = models.get(key) ?? VisionModel.open(spec, threads);
  models.set(key, opening);
  try {
    await opening;
  } catch (error) {
    // The folder may be mended.
    models.delete(key);
    throw error;
  }
  send({ kind: 'loaded', id });
};

const look = async ({ id, key, pixels }: LookCall): Promise<void> => {
  const model = await models.get(key);
  if (!model) throw new Error('no such model is loaded');
  send({ kind: 'seen', id, values: await model.run(pixels) });
};

const tell = (id: number, error: unknown): void => {
  if (error instanceof InferenceError) return send({ kind: 'failed', id, code: error.code, message: error.message, detail: error.detail });
  send({
    kind: 'failed',
    id,
    code: 'internal',
    message: (error instanceof Error ? error.message : String(error)).slice(0, 300),
    detail: {},
  });
};

process.on('message', (received) => {
  const message = parseModelParentMessage(received);
  if (!message) throw new Error('the parent sent something that is no message');
  (message.kind === 'load' ? load(message) : look(message)).catch((error: unknown) => tell(message.id, error));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C and a service manager's stop reach every process of the group: when this one ends is the parent's decision.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

try {
  setPriority(backgroundPriority);
} catch {
  // Some containers forbid it; then the system shares the cores evenly.
}
