/**
 * What a copy-detection model makes of copies and of strangers, without any threshold: for choosing one.
 *
 *   node src/launch.mjs --run test/bench/similarity-threshold.ts [FOLDER] [--works 200] [--per-strength 6] [--strangers 1000]
 *
 * FOLDER holds the model (models/similarity). Works, copies and strangers are those of the bench `similarity`; works have the parts that the
 * library keeps of them. Prints the strangers that come nearest, and what each threshold finds.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createPictureModels } from '#src/picture-models.ts';
import { queryVectors, queryViews, referenceVectors } from '#src/similarity/fingerprints.ts';
import { VectorIndex } from '#src/similarity/vector-index.ts';
import { chance } from './similarity/chance.ts';
import { madeHere } from './similarity/pictures.ts';
import { strengths, transformations } from './similarity/transformations.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    works: { type: 'string', default: '200' },
    'per-strength': { type: 'string', default: '6' },
    strangers: { type: 'string', default: '1000' },
  },
});
const folder = resolve(positionals[0] ?? join(import.meta.dirname, '../../models/similarity'));
const count = { works: Number(values.works), perStrength: Number(values['per-strength']), strangers: Number(values.strangers) };
const say = (line: string): void => void process.stderr.write(`${line}\n`);

await using parts = new AsyncDisposableStack();
const { embedder, broken } = parts.adopt(await createPictureModels({ folders: [folder], environment: process.env }), async (models) =>
  models.close(),
);
if (embedder === undefined) throw new Error(broken[0]?.reason ?? `there is no model in ${folder}`);
const [works, strangers] = [parts.adopt(await madeHere(0, 3), (it) => it.close()), parts.adopt(await madeHere(1, 3), (it) => it.close())];

const index = new VectorIndex(embedder.dimensions);
for (let id = 0; id < count.works; id++) index.add([{ id, values: await referenceVectors((await works.at(id)).picture, embedder) }]);
say(`${count.works} works`);

type Found = { readonly what: string; readonly similarity: number; readonly isRight: boolean };
const copies: Found[] = [];
const others: Found[] = [];
for (const { name, apply } of transformations)
  for (const strength of strengths)
    for (let at = 0; at < count.perStrength; at++) {
      const luck = chance('query', name, strength, at);
      const id = luck.whole(0, count.works - 1);
      const hit = index.nearest(await queryVectors(await queryViews(await apply((await works.at(id)).picture, strength, luck)), embedder))!;
      copies.push({ what: name, similarity: hit.similarity, isRight: hit.id === id });
    }
say(`${copies.length} copies`);
for (let at = 0; at < count.strangers; at++) {
  const { name, picture } = await strangers.at(at);
  const luck = chance('stranger', at);
  // Half as they are; in pairs, because art and drawings take turns.
  const isEdited = Math.floor(at / 2) % 2 === 1;
  const shown = isEdited ? await luck.oneOf(transformations).apply(picture, luck.oneOf(strengths), luck) : picture;
  const hit = index.nearest(await queryVectors(await queryViews(shown), embedder))!;
  others.push({ what: isEdited ? `${name}, edited` : name, similarity: hit.similarity, isRight: false });
}

const nearest = others.toSorted((a, b) => b.similarity - a.similarity);
process.stdout.write(
  `${embedder.name}: ${copies.length} copies of ${count.works} works, ${others.length} strangers\nthe nearest strangers:\n`,
);
for (const { what, similarity } of nearest.slice(0, 12)) process.stdout.write(`  ${similarity.toFixed(3)}  ${what}\n`);
process.stdout.write('threshold  copies found  another work named  strangers above\n');
for (let threshold = 0.5; threshold < 0.99; threshold += 0.025) {
  const above = copies.filter(({ similarity }) => similarity >= threshold);
  const right = above.filter(({ isRight }) => isRight).length;
  const strangersAbove = others.filter(({ similarity }) => similarity >= threshold).length;
  const columns = [
    threshold.toFixed(3),
    `${((100 * right) / copies.length).toFixed(1)} %`,
    String(above.length - right),
    String(strangersAbove),
  ];
  process.stdout.write(`${columns.map((text, at) => text.padStart([9, 12, 18, 15][at]!)).join('  ')}\n`);
}
const least = nearest[0]?.similarity ?? 0;
process.stdout.write(`\nfound above every stranger (${least.toFixed(3)}):\n`);
for (const { name } of transformations) {
  const of = copies.filter(({ what }) => what === name);
  const right = of.filter(({ similarity, isRight }) => isRight && similarity > least).length;
  process.stdout.write(`  ${name.padEnd(14)} ${right} of ${of.length}\n`);
}
