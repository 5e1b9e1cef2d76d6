import { createWatermark } from '#src/finish/watermark/watermark.ts';
import { bitAccuracy, psnr } from '../../finish/watermark/pictures.ts';
import { times as timesOf, type Bench } from '../bench.ts';
import { quantile, type BenchRow } from '../row.ts';
import { attacks } from './attacks.ts';
import { corpus } from './corpus.ts';

type Tally = { accuracy: number; found: number; count: number; wrong: number };
const emptyTally = (): Tally => ({ accuracy: 0, found: 0, count: 0, wrong: 0 });

const watermark = createWatermark(Uint8Array.from({ length: 32 }, (_, at) => at));
const leastPsnr = 42;

/** Different ones, the same on every run. */
const payloadOf = (index: number): bigint => (0x9e37_79b9_7f4an * BigInt(2 * index + 1)) & 0xffff_ffff_ffffn;

export const survival: Bench = {
  name: 'watermark',
  title: 'What the mark survives',
  async run(options) {
    const tallies = attacks.map(() => new Map<string, Tally>());
    const psnrs = new Map<string, number[]>();
    let index = 0;
    const counts = { drawn: timesOf(64, options), enlarged: timesOf(16, options), made: timesOf(25, options) };
    for await (const { kind, name, picture } of corpus(counts)) {
      const payload = payloadOf(index++);
      const marked = await watermark.embed(picture, payload);
      psnrs.set(kind, [...(psnrs.get(kind) ?? []), psnr(picture, marked)]);
      for (const [at, attack] of attacks.entries()) {
        const found = await watermark.find(await attack.run(marked, index));
        const accuracy = bitAccuracy(payload, found?.payload);
        if (attack.target !== undefined && accuracy < 1)
          process.stderr.write(`  ${name}: ${attack.name}: ${(100 * accuracy).toFixed(0)} %\n`);
        const tally = tallies[at]!.get(kind) ?? emptyTally();
        tallies[at]!.set(kind, tally);
        tally.count += 1;
        tally.accuracy += accuracy;
        tally.found += found === undefined ? 0 : 1;
        tally.wrong += found?.payload === undefined || found.payload === payload ? 0 : 1;
      }
    }
    const all = [...psnrs.values()].flat();
    return {
      rows: [
        ...tallies.map((byKind, at) => survivalRow(attacks[at]!.name, attacks[at]!.target, byKind)),
        { name: `pictures below ${leastPsnr} dB`, value: all.filter((value) => value < leastPsnr).length, unit: '', target: 0 },
        { name: 'PSNR, the lowest', value: Math.min(...all), unit: 'dB', note: `${all.length} pictures` },
        ...[...psnrs].map(([kind, values]): BenchRow => ({ name: `PSNR, median: ${kind}`, value: quantile(values, 0.5), unit: 'dB' })),
      ],
      remark:
        'Wrong bits, over all kinds of pictures; the note tells in how many pictures the mark was found, and the wrong bits of each kind.',
    };
  },
};

function survivalRow(name: string, target: number | undefined, byKind: ReadonlyMap<string, Tally>): BenchRow {
  const sum = emptyTally();
  for (const tally of byKind.values()) for (const field of ['accuracy', 'found', 'count', 'wrong'] as const) sum[field] += tally[field];
  const percent = ({ accuracy, count }: Tally): number => 100 * (1 - accuracy / count);
  const kinds = [...byKind].map(([kind, tally]) => `${kind} ${percent(tally).toFixed(1)}`).join(', ');
  const misread = sum.wrong === 0 ? '' : `; ${sum.wrong} misread`;
  return {
    name: `wrong bits: ${name}`,
    value: percent(sum),
    unit: '%',
    ...(target === undefined ? {} : { target }),
    note: `found in ${sum.found} of ${sum.count}${misread}; ${kinds}`,
  };
}
