/**
 * The child's composition root: the one process that loads onnxruntime. It blocks for the length of every operator graph,
 * which is why it is a process of its own. It ends with its channel, so a parent that dies leaves none behind.
 */
import { setPriority } from 'node:os';
import { ChildUpscaling } from '#src/engine/child-upscaling.ts';
import type { Enlarged } from '#src/engine/child-upscaling.ts';
import { parseParentMessage } from '#src/engine/protocol.ts';
import type { ChildMessage, EnlargeCall, Failed, GenerateCall, LoadCall } from '#src/engine/protocol.ts';
import { warmUp, warmUpUpscaler } from '#src/engine/warm-up.ts';
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

const load = async ({ id, what, folder, provider, intraOpThreads, graphCache }: LoadCall): Promise<void> => {
  const startedMs = performance.now();
  upscaling = new ChildUpscaling(intraOpThreads);
  const threads = intraOpThreads === undefined ? {} : { intraOpThreads };
  if (what === 'model')
    pipeline = await loadPipeline(folder, { provider, ...threads, ...(graphCache === undefined ? {} : { graphCache }) });
  const loadedMs = performance.now();
  await (pipeline ? warmUp(pipeline) : warmUpUpscaler(upscaling, { folder, provider }));
  const weightsBytes = pipeline?.description.weightsBytes ?? 0;
  send({ kind: 'ready', id, loadMs: loadedMs - startedMs, warmUpMs: performance.now() - loadedMs, weightsBytes });
};

/** `work` with a signal that a message from the parent raises. */
const cancellable = async (id: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
  const abort = new AbortController();
  running = { id, abort };
  try {
    await work(abort.signal);
  } finally {
    running = undefined;
  }
};

const generate = async (
  { id, width, height, steps, init, upscale, kind: _kind, ...rest }: GenerateCall,
  signal: AbortSignal,
): Promise<void> => {
  if (!pipeline) throw new Error('no model is loaded');
  const tiles = upscale === undefined ? 0 : await upscaling.countTiles(upscale, { widthPx: width, heightPx: height });
  let drawnSteps = steps;
  const onStep = (step: number, of: number): void => {
    drawnSteps = of;
    send({ kind: 'progress', id, step, steps: of + tiles, tiles });
  };
  const request = { ...rest, width, height, steps, ...(init === undefined ? {} : { init }) };
  const { pixels, timings, droppedPrompt, ...made } = await pipeline.generate(request, { signal, onStep });
  const drawn = { pixels, widthPx: made.width, heightPx: made.height };
  const onTile = (tile: number): void => send({ kind: 'progress', id, step: drawnSteps + tile, steps: drawnSteps + tiles, tiles });
  const enlarged = upscale === undefined ? undefined : await upscaling.enlarge(drawn, upscale, { signal, onTile }).catch(reasonToKeepDrawn);
  const isEnlarged = enlarged !== undefined && typeof enlarged !== 'string';
  const picture = isEnlarged ? enlarged.picture : drawn;
  const { upscaleMs = 0, sessionRunMs = 0 }: Partial<Enlarged> = isEnlarged ? enlarged : {};
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
};

/** A picture that was drawn is not lost because it could not be enlarged. */
const reasonToKeepDrawn = (error: unknown): string => {
  if (error instanceof InferenceError && error.code !== 'cancelled') return error.message;
  throw error;
};

const enlarge = async ({ id, width, height, pixels, upscale }: EnlargeCall, signal: AbortSignal): Promise<void> => {
  const onTile = (tile: number, tiles: number): void => send({ kind: 'progress', id, step: tile, steps: tiles, tiles });
  const drawn = { pixels, widthPx: width, heightPx: height };
  const { picture, upscaleMs, provider } = await upscaling.enlarge(drawn, upscale, { signal, onTile });
  send({ kind: 'enlarged', id, width: picture.widthPx, height: picture.heightPx, pixels: picture.pixels, upscaleMs, provider });
};

const answer = async (message: LoadCall | GenerateCall | EnlargeCall): Promise<void> => {
  if (message.kind === 'load') return await load(message);
  await cancellable(message.id, (signal) => (message.kind === 'generate' ? generate(message, signal) : enlarge(message, signal)));
};

const describe = (id: number, error: unknown): Failed => {
  if (error instanceof InferenceError) return { kind: 'failed', id, code: error.code, message: error.message, detail: error.detail };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', id, code: 'internal', message: message.slice(0, 300), detail: {} };
};

process.on('message', (received) => {
  const message = parseParentMessage(received);
  if (!message) throw new Error('the parent sent something that is no message');
  if (message.kind !== 'cancel') answer(message).catch((error: unknown) => send(describe(message.id, error)));
  else if (running?.id === message.id) running.abort.abort();
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal and a service manager's stop reach every process of the group: when this one ends is the parent's decision.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

try {
  setPriority(backgroundPriority);
} catch {
  // Some containers forbid it; then the system shares the cores evenly.
}
