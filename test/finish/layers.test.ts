/** The optional layers in files, with real keys: their order, and what happens where one can't be made. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import type { MarkWishes } from '#core/marks-port.ts';
import { readMarks } from '#src/finish/marks.ts';
import { readChunks } from '#src/finish/png-chunks.ts';
import { openMarking, type OpenMarking } from '#src/marking.ts';
import { assertSameBytes } from '../same-bytes.ts';
import { drawnPicture } from './pictures.ts';

const DAY_MS = 86_400_000;
const all: MarkWishes = {
  manifest: true,
  watermark: true,
  prompt: true,
  parameters: 'a red fox\nSteps: 8, CFG scale: 1, Seed: 1, Size: 8x8',
  model: 'embedded',
};
const folder = mkdtempSync(join(tmpdir(), 'blitzbild-layers-'));
const warned: string[] = [];
let nowMs = Date.now();
let marking: OpenMarking;

before(async () => {
  await makeOrganisationKeys({ folder: join(folder, 'keys'), organisation: 'Example Org', days: 100, nowMs });
  const log = { warn: (_: object, sentence: string) => void warned.push(sentence) };
  marking = openMarking({ dataFolder: folder, marks: all }, { log, now: () => nowMs, program: 'Blitzbild 0.0.0' });
});
after(async () => {
  await marking[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const read = async (file: Uint8Array) => marking.marking.markReader.read(file, { maxPixels: 1e7 });

test('all layers are in, the manifest over all others, and equal pictures are equal files', async () => {
  const [first, second] = [
    await marking.finisher.finish(drawnPicture(320, 256, 3), all),
    await marking.finisher.finish(drawnPicture(320, 256, 3), all),
  ];
  assert.deepEqual(first.marks, ['manifest', 'watermark', 'prompt']);
  assertSameBytes(first.png, second.png);
  assertSameBytes(first.thumbnail.jpeg, second.thumbnail.jpeg);
  const { manifest, watermark, hasParameters } = await read(first.png);
  assert.deepEqual([manifest.state, watermark.state, hasParameters, readMarks(first.png).aiGenerated], ['intact', 'ours', true, true]);
  const { pixels } = await marking.finisher.watermarked(drawnPicture(320, 256, 3));
  assert.ok((await sharp(first.png).raw().toBuffer()).equals(pixels), 'the file has the marked pixels');
});

test('each layer is in only where it is wished, and every picture has the note', async () => {
  for (const layer of ['manifest', 'watermark', 'prompt'] as const) {
    const wishes = { ...all, manifest: false, watermark: false, prompt: false, [layer]: true };
    const { png, thumbnail, marks, watermark } = await marking.finisher.finish(drawnPicture(256, 256, 3), wishes);
    assert.deepEqual(marks, [layer]);
    assert.equal(watermark === undefined, layer !== 'watermark');
    const types = readChunks(png).map(({ type }) => type);
    assert.deepEqual([types.includes('caBX'), types.includes('tEXt')], [layer === 'manifest', layer === 'prompt']);
    for (const file of [png, thumbnail.jpeg]) assert.equal(readMarks(file).aiGenerated, true);
  }
});

test('a picture too small for a watermark says so by having none', async () => {
  const { marks, watermark, png } = await marking.finisher.finish(drawnPicture(64, 64), all);
  assert.deepEqual([marks, watermark], [['manifest', 'prompt'], undefined]);
  assert.equal((await read(png)).manifest.state, 'intact');
});

test('transparency stays, under the same layers', async () => {
  const alpha = Uint8Array.from({ length: 256 * 256 }, (_, at) => (at % 256 < 60 ? 0 : 255));
  const { png, marks } = await marking.finisher.finish({ ...drawnPicture(256, 256, 3), alpha }, all);
  assert.deepEqual(marks, ['manifest', 'watermark', 'prompt']);
  assert.ok((await sharp(png).extractChannel(3).raw().toBuffer()).equals(alpha));
  assert.equal((await read(png)).manifest.state, 'intact');
});

test('a smaller copy keeps the watermark, is signed anew, and is as small as asked, manifest included', async () => {
  const { png, marks, watermark } = await marking.finisher.finish(drawnPicture(512, 512, 6), all);
  const mostBytes = 60_000;
  const copy = await marking.studio.smallerCopy(png, mostBytes, marks);
  assert.ok(copy !== undefined && copy.jpeg.length <= mostBytes);
  assert.deepEqual(copy.marks, ['manifest', 'watermark']);
  const report = await read(copy.jpeg);
  assert.deepEqual([report.kind, report.manifest.state, report.xmp.state, report.hasParameters], ['JPEG', 'intact', 'found', false]);
  assert.equal(report.watermark.state === 'ours' && report.watermark.payload, watermark);
  const unsigned = await marking.studio.smallerCopy(png, mostBytes, ['watermark']);
  assert.deepEqual([unsigned?.marks, (await read(unsigned?.jpeg ?? new Uint8Array())).manifest.state], [['watermark'], 'absent']);
});

test('with an expired certificate pictures are made without manifest, and that is told once', async () => {
  assert.deepEqual(warned, []);
  nowMs += 101 * DAY_MS;
  for (let picture = 0; picture < 2; picture++) {
    const { marks, png } = await marking.finisher.finish(drawnPicture(256, 256, picture), all);
    assert.deepEqual(marks, ['watermark', 'prompt']);
    assert.equal((await read(png)).manifest.state, 'absent');
  }
  assert.deepEqual(warned, ['Pictures get no manifest; «blitzbild keys show» says more']);
  assert.equal(marking.marking.signing(), 'expired');
});
