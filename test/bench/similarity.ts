/**
 * `npm run bench:similarity`: how well copies of works are recognised, and how fast; writes docs/benchmarks-similarity.md.
 *
 *   npm run bench:similarity                    everything, some fifteen minutes on two idle cores
 *   npm run bench:similarity -- --sample        a small part of it; prints and writes nothing
 *   npm run bench:similarity -- --references FOLDER --strangers FOLDER   with pictures of your own; prints and writes nothing
 *   npm run bench:similarity -- --without-model                          hashes alone
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createPictureModels } from '#src/picture-models.ts';
import { describeMachine } from './machine.ts';
import { figuresOf } from './similarity/figures.ts';
import { measure, type Plan } from './similarity/measure.ts';
import { similarityPage } from './similarity/page.ts';
import { madeHere, ofFolder, type Source } from './similarity/pictures.ts';
import { measureSpeed } from './similarity/speed.ts';

const { values } = parseArgs({
  options: {
    sample: { type: 'boolean', default: false },
    'without-model': { type: 'boolean', default: false },
    references: { type: 'string' },
    strangers: { type: 'string' },
  },
});
const root = join(import.meta.dirname, '../..');
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const startedMs = performance.now();

await using parts = new AsyncDisposableStack();
const opened = async (folder: string | undefined, part: number): Promise<Source & { readonly count?: number }> =>
  parts.adopt(folder === undefined ? await madeHere(part, 3) : await ofFolder(resolve(folder)), async (source) => source.close());
const works = await opened(values.references, 0);
const strangers = await opened(values.strangers, 1);
const models = parts.adopt(await createPictureModels({ folders: [join(root, 'models')], environment: process.env }), async (found) =>
  found.close(),
);
const embedder = values['without-model'] ? undefined : models.embedder;

const planned: Plan = values.sample ? { works: 60, perStrength: 4, strangers: 300 } : { works: 400, perStrength: 25, strangers: 2000 };
const plan = { ...planned, works: works.count ?? planned.works, strangers: strangers.count ?? planned.strangers };
const queries = await measure(plan, { works, strangers }, embedder, say);
say('time');
const timed = await opened(undefined, 2);
const speed = await measureSpeed({ works: 10_000, checks: values.sample ? 10 : 50 }, timed, embedder);
const isOfFolder = values.references !== undefined || values.strangers !== undefined;
const page = similarityPage({
  machine: [...describeMachine(new Date()), ['Took', `${Math.round((performance.now() - startedMs) / 1000)} s`]],
  command: `npm run bench:similarity${values.sample ? ' -- --sample' : ''}`,
  pictures: isOfFolder
    ? 'Works and strangers are pictures of folders, or were made for this.'
    : 'There is no collection of public art in a clean clone, so all pictures are made for this: half of them by rules and chance (shapes, landscapes, lines, clouds, pages, emblems), half by the embedded model with its own things, backgrounds, styles and places; works and strangers share none. Half of the strangers were edited like the copies.',
  model: embedder?.name,
  figures: figuresOf(queries, plan.works),
  speed,
});
process.stdout.write(page);
if (!values.sample && !isOfFolder && !values['without-model']) {
  await writeFile(join(root, 'docs/benchmarks-similarity.md'), page);
  say('Written: docs/benchmarks-similarity.md');
}
