/** `blitzbild verify` on real files, with the real layers and the real reader of manifests. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import { verify, type VerifiedFile } from '#src/cli/verify.ts';
import type { Io } from '#src/cli/io.ts';
import { UsageError } from '#src/cli/io.ts';
import type { FinishedPicture } from '#core/ports.ts';
import { insertAfterHeader, textChunk } from '#src/finish/png-chunks.ts';
import { openMarking } from '#src/marking.ts';
import { nested, withStore } from '../c2pa/bomb.ts';
import { drawnPicture } from '../finish/pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'blitzbild-verify-'));
const everything = { manifest: true, watermark: true, prompt: true };
let made: FinishedPicture;
let foreign: FinishedPicture;

async function finished(dataFolder: string): Promise<FinishedPicture> {
  await makeOrganisationKeys({ folder: join(dataFolder, 'keys'), organisation: 'Example Org', days: 30, nowMs: Date.now() });
  const options = { log: { warn: () => {} }, now: Date.now, program: 'Blitzbild 0.0.0' };
  await using marking = openMarking({ dataFolder, marks: everything }, options);
  return marking.finisher.finish(drawnPicture(384, 256, 4), {
    ...everything,
    parameters: 'a red fox\nSteps: 8, CFG scale: 1, Seed: 1, Size: 8x8',
    model: 'embedded',
  });
}

before(async () => {
  made = await finished(join(folder, 'data'));
  foreign = await finished(join(folder, 'elsewhere'));
});
after(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  let out = '';
  const stdout = { write: (text: string) => ((out += text), true) };
  const io = { stdin: process.stdin, stdout, stderr: stdout, root: pathToFileURL(`${folder}/`) } as unknown as Io;
  return { code: await verify(args, io), out };
}

const layers = async (path: string): Promise<Extract<VerifiedFile, { verdict: string }>> => {
  const [found] = JSON.parse((await run(path, '--json')).out) as VerifiedFile[];
  return found !== undefined && 'verdict' in found ? found : assert.fail(JSON.stringify(found));
};

test('a file of ours: all layers, by whom, intact; 0', async () => {
  assert.deepEqual(made.marks, ['manifest', 'watermark', 'prompt']);
  const { code, out } = await run(file('ours.png', made.png));
  assert.equal(code, 0);
  assert.match(out, /^Made here, unchanged since\.\n/u);
  assert.match(out, /XMP\): says «AI-generated»/u);
  assert.match(
    out,
    /C2PA\): intact, signed with the key of this organisation \(«Example Org.*», .*made with Blitzbild 0\.0\.0 \(embedded\)/u,
  );
  assert.match(out, new RegExp(`watermark: ours, number ${made.watermark}`, 'u'));
  assert.match(out, /Prompt and settings: the file holds settings as generators write them/u);
  const thumbnail = await layers(file('thumbnail.jpg', made.thumbnail.jpeg));
  assert.deepEqual([thumbnail.verdict, thumbnail.kind, thumbnail.hasParameters], ['made_here', 'JPEG', false]);
});

test('changed in one place: 4; encoded anew: the watermark stays; 0', async () => {
  const touched = Buffer.from(made.png);
  const at = touched.length - 200;
  touched[at] = (touched[at] ?? 0) ^ 1;
  const { code, out } = await run(file('touched.png', touched));
  assert.equal(code, 4, out);
  assert.match(out, /C2PA\): does not fit the file/u);
  const again = await layers(file('again.jpg', await sharp(made.png).jpeg({ quality: 70 }).toBuffer()));
  assert.deepEqual([again.verdict, again.xmp.state, again.manifest.state], ['made_here_unclear', 'absent', 'absent']);
  assert.equal(again.watermark.state === 'ours' && again.watermark.payload, made.watermark);
  const webp = await layers(file('again.webp', await sharp(made.png).webp({ quality: 80 }).toBuffer()));
  assert.deepEqual([webp.verdict, webp.kind], ['made_here_unclear', 'WebP']);
});

test('another organisation’s file is signed elsewhere, and its watermark is not ours', async () => {
  const { code, out } = await run(file('foreign.png', foreign.png));
  assert.equal(code, 0);
  assert.match(out, /^It says it is AI-generated, signed by somebody else\.\n/u);
  assert.match(out, /watermark: none of ours/u);
  assert.match(out, /I can’t vouch for the name/u);
});

test('a manifest moved onto another picture is no proof: 4', async () => {
  const other = await sharp({ create: { width: 384, height: 256, channels: 3, background: 'navy' } })
    .png()
    .toBuffer();
  const bytes = Buffer.from(made.png);
  const chunk = bytes.subarray(bytes.indexOf('caBX') - 4);
  const stolen = chunk.subarray(0, chunk.readUInt32BE(0) + 12);
  const forged = Buffer.concat([other.subarray(0, 33), stolen, other.subarray(33)]);
  const { code, out } = await run(file('forged.png', forged));
  assert.equal(code, 4, out);
  assert.match(out, /^Its signature does not fit: /u);
});

test('nothing marked: 3; no picture, nothing, a folder and what is not there: 1, each with a sentence', async () => {
  const blank = file(
    'blank.png',
    await sharp({ create: { width: 300, height: 300, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
  );
  assert.equal((await run(blank)).code, 3);
  const { code, out } = await run(blank, file('notes.txt', 'no picture'), file('empty.png', ''), folder, join(folder, 'missing.png'));
  assert.equal(code, 1);
  assert.match(out, /blank\.png\nNo mark of AI found\./u);
  for (const sentence of [
    /notes\.txt is text: name a PNG/u,
    /empty\.png is empty: /u,
    / is not a file: /u,
    /missing\.png does not exist: /u,
  ])
    assert.match(out, sentence);
  await assert.rejects(run(), UsageError);
  await assert.rejects(run('--all', blank), UsageError);
});

test('of kinds of files that nobody looks into, that is said', async () => {
  const gif = file('fox.gif', await sharp(made.png).gif().toBuffer());
  assert.deepEqual((await layers(gif)).xmp, { state: 'not_checked' });
  assert.match((await run(gif)).out, /\(XMP\): not looked for in files of this kind/u);
});

test('files that were made to harm are answered, and the next one too', { timeout: 60_000 }, async () => {
  const small = await sharp({ create: { width: 200, height: 200, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const empty = Buffer.from([0, 0, 0, 0, ...Buffer.from('tEXt'), 0, 0, 0, 0]);
  const chunks = Buffer.concat([small.subarray(0, 33), Buffer.alloc(12 * 1_000_000, empty), small.subarray(33)]);
  const tags = withStore(small, nested(100_000));
  const packed = insertAfterHeader(small, textChunk('XML:com.adobe.xmp', '<'.repeat(4_000_000)));
  const huge = Buffer.from(small);
  huge.writeUInt32BE(2_000_000_000, 16);
  const startedMs = performance.now();
  for (const [name, bytes] of Object.entries({ chunks, tags, packed, huge, cut: made.png.subarray(0, 5000) })) {
    const { code, out } = await run(file(`${name}.png`, bytes));
    assert.ok([0, 3, 4].includes(code), `${name}: ${code} ${out}`);
  }
  assert.ok(performance.now() - startedMs < 30_000);
  assert.equal((await layers(join(folder, 'tags.png'))).manifest.state, 'not_checked');
  assert.equal((await run(join(folder, 'ours.png'))).code, 0);
});
