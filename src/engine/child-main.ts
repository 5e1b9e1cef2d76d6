/**
 * The child's composition root: the one process that loads onnxruntime. It blocks for the length of every operator graph,
 * which is why it is a process of its own. It ends with its channel, so a parent that dies leaves none behind.
 */
import { setPriority } from 'node:os';
import { ChildUpscaling } from '#src/engine/child-upscaling.ts';
import { parseParentMessage } from '#src/engine/protocol.ts';
import type { ChildMessage, Failed, GenerateCall, LoadCall } from '#src/engine/protocol.ts';
import { warmUp } from '#src/engine/warm-up.ts';
import { InferenceError } from '#src/inference/errors.ts';
import { loadPipeline } from '#src/inference/pipeline.ts';
import type { TextToImagePipeline } from '#src/inference/pipeline.ts';

/** Before onnxruntime makes its threads, which inherit it: the parent answers in chat while both cores compute. */
const backgroundPriority = 5;

let pipeline: TextToImagePipeline | undefined;
let upscaling = new ChildUpscaling(undefined);
let running: { readonly id: number; readonly abort: AbortController } | undefined;

const send = (message: ChildMessage): void => {
  if (process.connected) process.send?.(message);
};

const load = async ({ id, folder, provider, intraOpThreads }: LoadCall): Promise<void> => {
  const startedMs = performance.now();
  pipeline = await loadPipeline(folder, { provider, ...(intraOpThreads === undefined ? {} : { intraOpThreads }) });
  upscaling = new ChildUpscaling(intraOpThreads);
  const loadedMs = performance.now();
  await warmUp(pipeline);
  const { weightsBytes } = pipeline.description;
  send({ kind: 'ready', id, loadMs: loadedMs - startedMs, warmUpMs: performance.now() - loadedMs, weightsBytes });
};

const generate = async ({
  id,
  prompt,
  negativePrompt,
  width,
  height,
  steps,
  guidanceScale,
  seed,
  upscale,
}: GenerateCall): Promise<void> => {
  if (!pipeline) throw new Error('no model is loaded');
  const abort = new AbortController();
  running = { id, abort };
  const { signal } = abort;
  try {
    const tiles = upscale === undefined ? 0 : upscaling.countTiles(upscale, { widthPx: width, heightPx: height });
    let drawnSteps = steps;
    const onStep = (step: number, of: number): void => {
      drawnSteps = of;
      send({ kind: 'progress', id, step, steps: of + tiles });
    };
    const request = { prompt, negativePrompt, width, height, steps, guidanceScale, seed };
    const { pixels, timings, droppedPrompt, ...made } = await pipeline.generate(request, { signal, onStep });
    const drawn = { pixels, widthPx: made.width, heightPx: made.height };
    const onTile = (tile: number): void => send({ kind: 'progress', id, step: drawnSteps + tile, steps: drawnSteps + tiles });
    const enlarged = upscale === undefined ? undefined : await upscaling.enlarge(drawn, upscale, { signal, onTile });
    const isEnlarged = enlarged !== undefined && typeof enlarged !== 'string';
    const picture = isEnlarged ? enlarged.picture : drawn;
    const { upscaleMs = 0, sessionRunMs = 0 } = isEnlarged ? enlarged : {};
    send({
      kind: 'result',
      id,
      width: picture.widthPx,
      height: picture.heightPx,
      pixels: picture.pixels,
      seed: made.seed,
      timings: {
        textMs: timings.textMs,
        denoiseMs: timings.denoiseMs,
        decodeMs: timings.decodeMs,
        ...(isEnlarged ? { upscaleMs } : {}),
        totalMs: timings.totalMs + upscaleMs,
        sessionRunMs: timings.sessionRunMs + sessionRunMs,
      },
      ...(droppedPrompt === undefined ? {} : { droppedPrompt }),
      ...(typeof enlarged === 'string' ? { notUpscaled: enlarged } : {}),
    });
  } finally {
    running = undefined;
  }
};

const describe = (id: number, error: unknown): Failed => {
  if (error instanceof InferenceError) return { kind: 'failed', id, code: error.code, message: error.message, detail: error.detail };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', id, code: 'internal', message: message.slice(0, 300), detail: {} };
};

process.on('message', (received) => {
  const message = parseParentMessage(received);
  if (!message) throw new Error('the parent sent something that is no message');
  if (message.kind === 'cancel') {
    if (running?.id === message.id) running.abort.abort();
    return;
  }
  (message.kind === 'load' ? load(message) : generate(message)).catch((error: unknown) => send(describe(message.id, error)));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal and a service manager's stop reach every process of the group: when this one ends is the parent's decision.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

try {
  setPriority(backgroundPriority);
} catch {
  // Some containers forbid it; then the system shares the cores evenly.
}
