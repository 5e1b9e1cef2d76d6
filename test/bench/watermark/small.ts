import { createWatermark } from '#src/finish/watermark/watermark.ts';
import { drawing, gradient, jpeg, resized, texture } from '../../finish/watermark/pictures.ts';
import { times as timesOf, type Bench } from '../bench.ts';
import type { BenchRow } from '../row.ts';

const watermark = createWatermark(Uint8Array.from({ length: 32 }, (_, at) => at));
const payload = 0x9e37_79b9_7f4an;
const makers = [drawing, texture, gradient];

/** How often the number is still read where there is little room for it. */
export const small: Bench = {
  name: 'watermark-small',
  title: 'Small pictures',
  async run(options) {
    const rows: BenchRow[] = [];
    const count = timesOf(30, options);
    for (const side of [128, 160, 192, 224, 256]) {
      const read = { posted: 0, jpeg: 0, half: 0 };
      for (let index = 0; index < count; index++)
        for (const make of makers) {
          const marked = await watermark.embed(make(index, side, side), payload);
          const copies = { posted: marked, jpeg: await jpeg(marked, 70), half: await resized(marked, 0.5) };
          for (const copy of ['posted', 'jpeg', 'half'] as const)
            read[copy] += (await watermark.find(copies[copy]))?.payload === payload ? 1 : 0;
        }
      const share = (value: number): number => (100 * value) / (count * makers.length);
      rows.push(
        { name: `${side}×${side}, as posted: read`, value: share(read.posted), unit: '%' },
        { name: `${side}×${side}, JPEG q70: read`, value: share(read.jpeg), unit: '%' },
        { name: `${side}×${side}, half the size: read`, value: share(read.half), unit: '%' },
      );
    }
    return { rows, remark: `Of ${count * makers.length} drawings, textures and gradients of each size.` };
  },
};
