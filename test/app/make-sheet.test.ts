import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSheet } from '#src/app/make-sheet.ts';
import { noOptionalLayers } from '#core/marks-port.ts';
import type { ContactSheet, ImageStore, PictureFinisher, PictureStudio } from '#core/ports.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import { imageKey, type Variant } from '#core/types.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { image, job, request } from '../store/fixtures.ts';

const variant = (label: string): Variant => ({
  label,
  words: label,
  prompt: label,
  negativePrompt: '',
  widthPx: 256,
  heightPx: 256,
  steps: 8,
  guidanceScale: 2,
  model: 'embedded',
});

/** What is asked of the studio for a batch of so many rows, and how many files were read for it. */
async function sheetOf(rows: number, perRow: number): Promise<{ sheet: ContactSheet; reads: number }> {
  const count = rows * perRow;
  const record: JobRecord = {
    ...job('k7f3', '@ada:room'),
    request: request({ count, ...(rows === 1 ? {} : { variants: Array.from({ length: rows }, (_, row) => variant(`style ${row}`)) }) }),
    state: 'done',
    images: Array.from({ length: count }, (_, index) => ({ ...image(0), index })),
    cancelRequested: false,
    crashes: 0,
    statusRow: 1,
  };
  let sheet: ContactSheet | undefined;
  let reads = 0;
  const studio: PictureStudio = Object.assign(new SharpStudio(), {
    contactSheet: async (asked: ContactSheet) => {
      sheet = asked;
      return { pixels: new Uint8Array(16 * 16 * 3), widthPx: 16, heightPx: 16 };
    },
  });
  const finisher: PictureFinisher = new SharpFinisher();
  const images: ImageStore = {
    put: async (_, extension) => imageKey(`${'0'.repeat(64)}.${extension}`),
    read: async () => {
      reads += 1;
      return new Uint8Array();
    },
    path: String,
  };
  await makeSheet({ studio, finisher, images, store: { rooms: { get: () => ({}) } }, marks: noOptionalLayers }, record);
  return { sheet: sheet ?? assert.fail('no sheet was painted'), reads };
}

test('rows with a name of their own have it above them, and their pictures the seed', async () => {
  const { sheet } = await sheetOf(3, 2);
  assert.deepEqual(sheet.rowLabels, ['style 0', 'style 1', 'style 2']);
  assert.deepEqual(
    sheet.tiles.map(({ cell, note }) => `${cell} ${note}`),
    ['A1 seed 42', 'A2 seed 43', 'B1 seed 42', 'B2 seed 43', 'C1 seed 42', 'C2 seed 43'],
  );
});

test('where there are more styles than rows with a letter, every picture has the name of its own style', async () => {
  const { sheet } = await sheetOf(27, 2);
  assert.equal(sheet.rowLabels, undefined);
  assert.deepEqual(
    sheet.tiles.map(({ note }) => note),
    Array.from({ length: 54 }, (_, index) => `style ${Math.floor(index / 2)}`),
  );
});

test('one row has the seeds alone; files are left to whoever paints', async () => {
  const { sheet, reads } = await sheetOf(1, 3);
  assert.deepEqual([sheet.tiles.map(({ note }) => note), sheet.rowLabels, reads], [['seed 42', 'seed 43', 'seed 44'], undefined, 0]);
  assert.deepEqual([sheet.tiles[0]?.widthPx, sheet.tiles[0]?.heightPx], [256, 256]);
});
