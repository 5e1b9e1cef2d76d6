/** The sheet that is painted while its batch is drawn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { EarlySheet } from '#src/app/early-sheet.ts';
import { makeSheet } from '#src/app/make-sheet.ts';
import { noOptionalLayers } from '#core/marks-port.ts';
import type { ImageStore } from '#core/ports.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import { imageKey, type ImageKey, type StoredImage } from '#core/types.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { image, job, request } from '../store/fixtures.ts';

const sidePx = 48;
const variants = ['red', 'blue'].map((label) => ({
  label,
  words: label,
  prompt: label,
  negativePrompt: '',
  widthPx: sidePx,
  heightPx: sidePx,
  steps: 8,
  guidanceScale: 2,
  model: 'embedded',
}));

/** Keeps files by a name of its own and notes what was read. */
class Files implements ImageStore {
  readonly kept = new Map<ImageKey, Uint8Array>();
  readonly opened: ImageKey[] = [];
  readonly gone = new Set<ImageKey>();

  async put(bytes: Uint8Array, extension: string): Promise<ImageKey> {
    const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
    const key = imageKey(`${Buffer.from(hash).toString('hex')}.${extension}`);
    this.kept.set(key, bytes);
    return key;
  }

  async read(key: ImageKey): Promise<Uint8Array> {
    this.opened.push(key);
    const bytes = this.gone.delete(key) ? undefined : this.kept.get(key);
    if (bytes === undefined) throw new Error('gone');
    return bytes;
  }

  path(key: ImageKey): string {
    return key;
  }
}

/** A batch of two rows of one picture each. */
async function batch(): Promise<{
  files: Files;
  parts: ConstructorParameters<typeof EarlySheet>[0];
  pictures: StoredImage[];
  record: JobRecord;
}> {
  const files = new Files();
  const parts = {
    studio: new SharpStudio(),
    finisher: new SharpFinisher(),
    images: files,
    store: { rooms: { get: () => ({}) } },
    marks: noOptionalLayers,
  };
  const pictures: StoredImage[] = [];
  for (const index of [0, 1]) {
    const pixels = new Uint8Array(sidePx * sidePx * 3).fill(80 + 100 * index);
    const { png } = await parts.finisher.finish({ pixels, widthPx: sidePx, heightPx: sidePx });
    pictures.push({ ...image(0), index, widthPx: sidePx, heightPx: sidePx, key: await files.put(png, 'png') });
  }
  const record: JobRecord = {
    ...job('k7f3', '@ada:room'),
    request: request({ count: 2, widthPx: sidePx, heightPx: sidePx, variants }),
    state: 'running',
    images: [],
    cancelRequested: false,
    crashes: 0,
    statusRow: 1,
  };
  return { files, parts, pictures, record };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 100_000, 'it never came to that');
    await turn();
  }
}

test('a picture is painted before the next one is made, and the sheet is that which is painted at the end', async () => {
  const { files, parts, pictures, record } = await batch();
  const early = new EarlySheet(parts);
  early.begin(record);
  early.show({ ...record, images: pictures.slice(0, 1) });
  await until(() => files.opened.length === 1);
  assert.deepEqual(files.opened, [pictures[0]?.key]);
  const whole = { ...record, images: pictures };
  early.show(whole);
  const sheet = await early.take(record.id);
  const atTheEnd = await makeSheet(parts, whole);
  assert.equal(sheet?.key, atTheEnd.key);
  assert.equal(early.take(record.id), undefined, 'it is taken once');
});

test('pixels are painted before they are a file, to the same sheet; those of another size are left to the file', async () => {
  const { files, parts, pictures, record } = await batch();
  const early = new EarlySheet(parts);
  early.begin(record);
  const turn = (index: number): { job: JobRecord; index: number } => ({ job: record, index });
  early.place(turn(0), { pixels: new Uint8Array(sidePx * sidePx * 3).fill(80), widthPx: sidePx, heightPx: sidePx });
  early.place(turn(1), { pixels: new Uint8Array(24 * 24 * 3), widthPx: 24, heightPx: 24 });
  early.place({ ...turn(1), job: { ...record, ...job('b2x9', '@ada:room') } }, { pixels: new Uint8Array(3), widthPx: 1, heightPx: 1 });
  early.show({ ...record, images: pictures });
  const sheet = await early.take(record.id);
  assert.deepEqual(files.opened, [pictures[1]?.key]);
  assert.equal(sheet?.key, (await makeSheet(parts, { ...record, images: pictures })).key);
});

test('there is one at a time; another begins when it is taken or dropped', async () => {
  const { parts, pictures, record } = await batch();
  const early = new EarlySheet(parts);
  const other = { ...record, ...job('b2x9', '@ada:room'), request: record.request, images: pictures };
  early.begin(record);
  early.begin(other);
  early.show(other);
  assert.equal(early.take(other.id), undefined);
  early.drop(other.id);
  early.drop(record.id);
  assert.equal(early.take(record.id), undefined);
  early.begin(other);
  early.show(other);
  assert.ok(await early.take(other.id));
});

test('one that was begun for other sizes, or whose file can’t be read, is none', async () => {
  const { files, parts, pictures, record } = await batch();
  const early = new EarlySheet(parts);
  early.begin(record);
  early.show({ ...record, images: pictures.map((made) => ({ ...made, widthPx: 24, heightPx: 24 })) });
  assert.equal(early.take(record.id), undefined);

  early.begin(record);
  for (const { key } of pictures) files.gone.add(key);
  early.show({ ...record, images: pictures });
  await assert.rejects(early.take(record.id) ?? assert.fail('none was begun'), /gone/u);
});
