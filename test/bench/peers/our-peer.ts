import type { GeneratedPicture } from '#core/ports.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import type { Drawing, Drawn, Peer } from './peer.ts';

export type OurPeerOptions = {
  readonly onnxFolder: string;
  readonly engine?: Partial<EngineOptions>;
};

/** Blitzbild's own engine, in its child process, as the bot drives it. */
export const ourPeer = ({ onnxFolder, engine: options }: OurPeerOptions): Peer => ({
  name: 'blitzbild',
  open: async () => {
    const engine = new ChildProcessEngine({ folderOf: () => onnxFolder, environment: process.env, ...options });
    try {
      const startedMs = performance.now();
      await engine.start('shaped');
      return {
        loadMs: performance.now() - startedMs,
        provider: engine.status().provider ?? 'cpu',
        draw: async (drawing) => draw(engine, drawing),
        pid: () => engine.pid,
        [Symbol.asyncDispose]: async () => engine.close(),
      };
    } catch (error) {
      await engine.close();
      throw error;
    }
  },
});

async function draw(engine: ChildProcessEngine, drawing: Drawing): Promise<Drawn> {
  const { prompt, seed, sidePx, steps, guidanceScale, count } = drawing;
  const made: GeneratedPicture[] = [];
  for (let index = 0; index < count; index++) {
    const request = {
      model: 'shaped',
      prompt,
      negativePrompt: '',
      seed: seed + index,
      widthPx: sidePx,
      heightPx: sidePx,
      steps,
      guidanceScale,
    };
    made.push(await engine.generate(request, { signal: new AbortController().signal, onStep: () => {} }));
  }
  const sum = (number: (timings: GeneratedPicture['timings']) => number): number =>
    made.reduce((total, { timings }) => total + number(timings), 0);
  return {
    textMs: sum(({ textMs }) => textMs),
    denoiseMs: sum(({ denoiseMs }) => denoiseMs),
    decodeMs: sum(({ decodeMs }) => decodeMs),
    totalMs: sum(({ totalMs }) => totalMs),
    sessionRunMs: sum(({ sessionRunMs }) => sessionRunMs),
    eachMs: made.map(({ timings }) => timings.totalMs),
    pictures: made.map(({ pixels }) => pixels),
  };
}
