import { createWatermark } from '#src/finish/watermark/watermark.ts';
import { cut, drawing, resized } from '../../finish/watermark/pictures.ts';
import { times as timesOf, type Bench } from '../bench.ts';
import { quantile, type BenchRow } from '../row.ts';

const sides = [256, 1024, 4096] as const;
const watermark = createWatermark(Uint8Array.from({ length: 32 }, (_, at) => at));

export const times: Bench = {
  name: 'watermark-time',
  title: 'How long marking and looking take',
  async run(options) {
    const rows: BenchRow[] = [];
    for (const side of sides) {
      const picture = await resized(drawing(7, 1024, 1024), side / 1024);
      const rounds = timesOf(side > 1024 ? 5 : 20, options);
      const marked = await watermark.embed(picture, 1n);
      const part = await cut(marked, 0.1, [0.5, 0.5]);
      rows.push(
        ...(await timed(`mark ${side}×${side}`, rounds, async () => watermark.embed(picture, 1n))),
        ...(await timed(`find in ${side}×${side}`, rounds, async () => watermark.find(marked))),
        ...(await timed(`find in ${side}×${side} without 10 %`, rounds, async () => watermark.find(part))),
        ...(await timed(`look in vain in ${side}×${side}`, rounds, async () => watermark.find(picture))),
      );
    }
    return {
      rows,
      remark: 'All on the thread that answers the chat; «held» is the longest time that this thread had no turn for anything else.',
    };
  },
};

async function timed(name: string, rounds: number, work: () => Promise<unknown>): Promise<readonly BenchRow[]> {
  const tookMs: number[] = [];
  const heldMs: number[] = [];
  await work();
  for (let round = 0; round < rounds; round++) {
    let isDone = false;
    let lastMs = performance.now();
    let most = 0;
    const turn = (): void => {
      const nowMs = performance.now();
      most = Math.max(most, nowMs - lastMs);
      lastMs = nowMs;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const startedMs = performance.now();
    await work();
    tookMs.push(performance.now() - startedMs);
    isDone = true;
    heldMs.push(most);
  }
  return [
    { name: `${name}, median`, value: quantile(tookMs, 0.5), unit: 'ms' },
    { name: `${name}: held, median of ${rounds}`, value: quantile(heldMs, 0.5), unit: 'ms', target: 20 },
  ];
}
