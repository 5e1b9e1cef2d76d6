import { quantile, type BenchRow } from '../row.ts';
import { agreementOf, mostApartPercent, tolerances } from './agreement.ts';
import { titleOf, type Drawn, type PeerName } from './peer.ts';
import type { Measured, Results, Sample, Task } from './rounds.ts';

/** Most that ours may take, as a part of what another takes. */
export type Targets = Readonly<Partial<Record<Exclude<PeerName, 'blitzbild'>, number>>>;

export const cpuTargets: Targets = { onnxruntime: 1.05, eager: 0.67 };
export const gpuTargets: Targets = { eager: 0.85, compiled: 1.25 };

const median = (values: readonly number[]): number => quantile(values, 0.5);
const of = (measured: Measured, task: Task, number: (sample: Sample) => number): readonly number[] =>
  (measured.samples.get(task.name) ?? []).map(number);

/** Times of one task, everybody's, and what ours are as a part of the others'. */
export function taskRows(results: Results, task: Task, targets: Targets): readonly BenchRow[] {
  const { measured } = results;
  const takers = [...measured].filter(([, { samples }]) => samples.has(task.name));
  const perPicture = (pick: (drawn: Drawn) => number) => (sample: Sample) => pick(sample) / task.count;
  const totals = new Map(
    takers.map(([name, one]) => [
      name,
      median(
        of(
          one,
          task,
          perPicture(({ totalMs }) => totalMs),
        ),
      ),
    ]),
  );
  const ours = totals.get('blitzbild') ?? Number.NaN;
  const stages = (one: Measured): string => {
    const ms = (pick: (drawn: Drawn) => number): string => shortMs(median(of(one, task, perPicture(pick))));
    const step = shortMs(
      median(
        of(
          one,
          task,
          perPicture(({ denoiseMs }) => denoiseMs / task.steps),
        ),
      ),
    );
    return `text ${ms(({ textMs }) => textMs)}, a step ${step}, decoding ${ms(({ decodeMs }) => decodeMs)}; ${of(one, task, () => 0).length} × ${task.count}`;
  };
  return [
    ...takers.map(([name, one]): BenchRow => ({
      name: `${task.name}: ${titleOf[name]}, a picture, median`,
      value: totals.get(name)! / 1000,
      unit: 's',
      note: stages(one),
    })),
    ...takers
      .filter(([name]) => name !== 'blitzbild')
      .map(([name]): BenchRow => {
        const target = task.count === 1 ? targets[name as keyof Targets] : undefined;
        return {
          name: `${task.name}: Blitzbild ÷ ${titleOf[name]}`,
          value: ours / totals.get(name)!,
          unit: '×',
          ...(target === undefined ? {} : { target }),
        };
      }),
  ];
}

const shortMs = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(2)} ms`;

/** How near everybody's pictures are to ours, all of them. Throws where they are others: then no time counts. */
export function agreementRows({ measured }: Results, dtype: keyof typeof tolerances): readonly BenchRow[] {
  const ours = measured.get('blitzbild')!;
  return [...measured]
    .filter(([name]) => name !== 'blitzbild')
    .map(([name, one]): BenchRow => {
      const shared = [...one.samples].map(([task, theirs]) => [ours.samples.get(task) ?? [], theirs] as const);
      const found = agreementOf(
        shared.flatMap(([mine]) => mine.flatMap(({ pictures }) => pictures)),
        shared.flatMap(([, theirs]) => theirs.flatMap(({ pictures }) => pictures)),
        tolerances[dtype],
      );
      if (found.apartPercent > 10 * mostApartPercent[dtype])
        throw new Error(
          `${titleOf[name]} drew other pictures: ${found.apartPercent.toFixed(1)} % of the bytes differ by more than ${tolerances[dtype]}`,
        );
      return {
        name: `bytes that differ from ${titleOf[name]}’s by more than ${tolerances[dtype]} of 255`,
        value: found.apartPercent,
        unit: '%',
        target: mostApartPercent[dtype],
        note: `all pictures; the largest difference is ${found.largest}`,
      };
    });
}

/** Of Blitzbild alone: what it spends around the network, on all tasks that draw single pictures. */
export function outsideRow({ measured }: Results): BenchRow {
  const singles = [...measured.get('blitzbild')!.samples.values()].flat();
  const share = singles.map(({ totalMs, sessionRunMs = 0 }) => (100 * (totalMs - sessionRunMs)) / totalMs);
  return {
    name: 'Blitzbild: time outside session.run',
    value: median(share),
    unit: '%',
    target: 2,
    note: `longest ${Math.max(...share).toFixed(2)} %`,
  };
}

/** A picture of a batch, against one that was asked for alone, both in rounds of the same processes. */
export function batchRow({ measured }: Results, single: Task, batch: Task): BenchRow {
  const ours = measured.get('blitzbild')!;
  const alone = median(of(ours, single, ({ totalMs }) => totalMs));
  const together = median((ours.samples.get(batch.name) ?? []).flatMap(({ eachMs = [] }) => eachMs));
  return { name: `Blitzbild: a picture of a batch of ${batch.count} ÷ a single one`, value: together / alone, unit: '×', target: 1 };
}

/** Most memory of each process. Ours may have 1.7 times its float32 weights, also while it fills the graph cache: the first round. */
export function memoryRows(
  { measured }: Results,
  { weightBytes, dtype }: { readonly weightBytes: number; readonly dtype: string },
): readonly BenchRow[] {
  const target = dtype === 'float32' ? { target: (1.7 * weightBytes) / 1e6 } : {};
  const note = `weights ${Math.round(weightBytes / 1e6)} MB`;
  return [...measured].flatMap(([name, { peakMb, gpuMb }]): readonly BenchRow[] => {
    const what = `most memory (RSS): ${titleOf[name]}`;
    const [first, ...later] = peakMb;
    if (first === undefined) return [];
    const resident: readonly BenchRow[] =
      name !== 'blitzbild'
        ? [{ name: what, value: Math.max(...peakMb), unit: 'MB', note }]
        : [
            { name: `${what}, first start`, value: first, unit: 'MB', ...target, note: `${note}; fills the graph cache` },
            ...(later.length > 0
              ? [{ name: `${what}, from the graph cache`, value: Math.max(...later), unit: 'MB', ...target, note }]
              : []),
          ];
    const onGpu = gpuMb.length > 0 ? [{ name: `memory of the GPU: ${titleOf[name]}`, value: Math.max(...gpuMb), unit: 'MB' }] : [];
    return [...resident, ...onGpu];
  });
}

/** `oursMs`: starts with an empty graph cache, from it, and without any. */
export function loadRows({ measured }: Results, oursMs: OurLoads): readonly BenchRow[] {
  const second = median(oursMs.cached);
  return [
    ...[...measured].flatMap(([name, { loadMs, firstMs }]) =>
      name === 'blitzbild'
        ? []
        : [
            {
              name: `loading: ${titleOf[name]}, median`,
              value: median(loadMs) / 1000,
              unit: 's',
              note: `imports excluded; ${firstNote(firstMs)}`,
            },
          ],
    ),
    {
      name: 'loading: Blitzbild without a graph cache',
      value: oursMs.without / 1000,
      unit: 's',
      note: `process, model and a warm-up picture; ${firstNote(measured.get('blitzbild')!.firstMs)}`,
    },
    { name: 'loading: Blitzbild, filling the graph cache', value: oursMs.first / 1000, unit: 's' },
    { name: 'loading: Blitzbild, from the graph cache, median', value: second / 1000, unit: 's' },
    { name: 'Blitzbild’s second load ÷ first', value: second / oursMs.first, unit: '×', target: 0.7 },
    { name: 'Blitzbild’s load from the graph cache ÷ without one', value: second / oursMs.without, unit: '×', target: 0.7 },
  ];
}

export type OurLoads = { readonly first: number; readonly cached: readonly number[]; readonly without: number };

const firstNote = (firstMs: readonly number[]): string =>
  `then the first pictures of each size, one step: ${firstMs.map(shortMs).join(', ')}`;
