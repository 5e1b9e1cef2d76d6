import { createWatermark } from '#src/finish/watermark/watermark.ts';
import { FileSigner } from '#src/finish/file-signer.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { payloadOf } from '#src/finish/watermark-payload.ts';
import { organisation } from '../../c2pa/organisation.ts';
import { drawing, texture } from '../../finish/watermark/pictures.ts';
import { times as timesOf, type Bench } from '../bench.ts';
import { quantile } from '../row.ts';

const key = Uint8Array.from({ length: 32 }, (_, at) => at);
const parameters = 'a red fox in the snow\nSteps: 20, Seed: 7';

export const allMarks: Bench = {
  name: 'marks',
  title: 'All layers of origin together',
  async run(options) {
    using keys = await organisation();
    const signer = new FileSigner({ signer: keys.signer, program: 'Blitzbild', onUnsigned: (error) => assertNever(error) });
    const marker = {
      watermark: createWatermark(key),
      payloadOf: async (picture: Parameters<typeof payloadOf>[1]) => payloadOf(key, picture),
    };
    const finisher = new SharpFinisher({ marker, signer });
    const extraMs: number[] = [];
    for (let round = 0; round < timesOf(20, options) + 1; round++) {
      const picture = (round % 2 === 0 ? drawing : texture)(round, 1024, 1024);
      const bare = await timed(() => finisher.finish(picture, { manifest: false, watermark: false, prompt: false }));
      const full = await timed(() => finisher.finish(picture, { manifest: true, watermark: true, prompt: true, parameters }));
      // The first one warms the compiler.
      if (round > 0) extraMs.push(full - bare);
    }
    return {
      rows: [
        {
          name: 'watermark, words and manifest of 1024×1024 and of its preview, median',
          value: quantile(extraMs, 0.5),
          unit: 'ms',
          target: 150,
          note: 'more than with the caption and XMP alone; a marked picture also takes longer to pack',
        },
        { name: 'the same, the slowest', value: Math.max(...extraMs), unit: 'ms' },
      ],
    };
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function assertNever(error: unknown): never {
  throw error;
}
