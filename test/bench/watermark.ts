/**
 * `npm run bench:watermark`: what the invisible mark survives, what it costs, and how often it is found where there is none; writes
 * docs/benchmarks-watermark.md.
 *
 *   npm run bench:watermark                  everything, some forty minutes on two idle cores
 *   npm run bench:watermark -- --only NAME   one of them: watermark, watermark-small, watermark-alarms, watermark-time, marks; prints and writes nothing
 *   npm run bench:watermark -- --quick       a tenth of the pictures; writes only with `--write`, and the page says so
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { describeMachine } from './machine.ts';
import { benchPage, printed, type Section } from './report.ts';
import { falseAlarms } from './watermark/alarms.ts';
import { allMarks } from './watermark/all-marks.ts';
import { small } from './watermark/small.ts';
import { survival } from './watermark/survival.ts';
import { times } from './watermark/times.ts';

const benches: readonly Bench[] = [survival, small, falseAlarms, times, allMarks];
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const unknown = values.only?.find((name) => !benches.some((bench) => bench.name === name));
if (unknown !== undefined) {
  process.stderr.write(`There is no bench ${unknown}; these are: ${benches.map(({ name }) => name).join(', ')}.\n`);
  process.exit(2);
}

const machine = describeMachine(new Date());
const sections: Section[] = [];
for (const bench of benches) {
  if (values.only !== undefined && !values.only.includes(bench.name)) continue;
  process.stderr.write(`${bench.name}: ${bench.title} …\n`);
  const startedMs = performance.now();
  const outcome = await bench.run({ quick: values.quick, large: false });
  const section: Section = { ...bench, outcome, seconds: (performance.now() - startedMs) / 1000 };
  sections.push(section);
  process.stdout.write(`${printed(section)}\n`);
}
if (values.only === undefined && (!values.quick || values.write)) {
  const page = join(import.meta.dirname, '../../docs/benchmarks-watermark.md');
  const paragraphs = [
    'Written by `npm run bench:watermark`, which measures all of this anew. Every picture is made here: by the embedded model, by its upscaler, and by functions that draw plain shapes, textures, gradients and grain. Targets are upper bounds; one that was not met says so.',
    ...(values.quick
      ? ['**This is a short run (`--quick --write`): a tenth of the pictures, and 200 unmarked ones instead of 10,000.**']
      : []),
    'A bit of a mark that was not found counts as half wrong, as a guess would be. So «wrong bits» of 1 % mean an accuracy of 99 %.',
  ];
  await writeFile(
    page,
    benchPage({ heading: 'Benchmarks of the watermark', paragraphs, command: 'npm run bench:watermark --' }, machine, sections),
  );
  process.stderr.write(`Written: ${page}\n`);
}
