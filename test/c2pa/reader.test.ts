import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Builder, LocalSigner } from '@contentauth/c2pa-node';
import sharp from 'sharp';
import type { ManifestReport } from '#core/marks-port.ts';
import { keyFiles } from '#src/c2pa/keys/names.ts';
import { createManifestReader } from '#src/manifests.ts';
import { DAY_MS, facts, fileOf, formats, generator, mimeTypes, organisation, picture, seeded, type Organisation } from './organisation.ts';

let ours: Organisation;
let reader: ReturnType<typeof createManifestReader>;
before(async () => {
  ours = await organisation('Example Ltd');
  reader = createManifestReader(ours);
});
after(async () => {
  await reader.close();
  ours[Symbol.dispose]();
});

const intact = { state: 'intact', by: 'ours', signer: 'Example Ltd', generator, isAiGenerated: true } as const;

test('a file that was signed here is intact and ours', async () => {
  for (const format of formats) {
    assert.deepEqual(await reader.read(await ours.signer.sign(await picture(format), facts(format))), intact);
  }
});

test('whatever byte of the picture is changed, it is told', async () => {
  const random = seeded(7);
  for (const format of formats) {
    const signed = Buffer.from(await ours.signer.sign(await picture(format), facts(format)));
    const [start, end] = embeddedRange(signed);
    const answers: string[] = [];
    for (let round = 0; round < 150; round += 1) {
      const at = Math.floor(random() * signed.length);
      const harmed = Buffer.from(signed);
      harmed[at] = (harmed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const { state } = await reader.read(harmed);
      // The framing of the manifest has bits that mean nothing: the picture and what is claimed of it are the same.
      if (at < start || at >= end) assert.notEqual(state, 'intact', `${format}, byte ${at}`);
      answers.push(state);
    }
    assert.ok(answers.filter((state) => state === 'changed').length > 140, answers.join(' '));
  }
});

test('whatever is claimed differently is told', async () => {
  const signed = Buffer.from(await ours.signer.sign(await picture('png'), facts('png')));
  for (const [from, to] of [
    [generator, 'Somebodys9.9.9 (embedded)'.padEnd(generator.length, 'x').slice(0, generator.length)],
    ['trainedAlgorithmicMedia', 'digitalCapture000000000'],
    ['c2pa.created', 'c2pa.publish'],
    ['Example Ltd', 'Exemple Ltd'],
  ] as const) {
    const at = signed.indexOf(from);
    assert.ok(at > 0, from);
    const forged = Buffer.from(signed);
    forged.write(to, at, 'utf8');
    assert.equal((await reader.read(forged)).state, 'changed', from);
  }
});

test('a manifest under another picture is told', async () => {
  const [one, two] = [await picture('png', 96, 64), await picture('png', 64, 96)];
  const signed = Buffer.from(await ours.signer.sign(one, facts('png')));
  const [start, end] = embeddedRange(signed);
  const moved = Buffer.concat([two.subarray(0, start), signed.subarray(start, end), two.subarray(start)]);
  assert.deepEqual(await reader.read(moved), { state: 'changed', signer: 'Example Ltd', reason: 'assertion.dataHash.mismatch' });
  assert.equal((await reader.read(Buffer.concat([signed, Buffer.from('more')]))).state, 'changed');
});

test('encoded anew, or with the chunk cut out, there is none', async () => {
  const signed = Buffer.from(await ours.signer.sign(await picture('png'), facts('png')));
  for (const again of [
    await sharp(signed).png().toBuffer(),
    await sharp(signed).jpeg().toBuffer(),
    await sharp(signed).avif().toBuffer(),
  ]) {
    assert.deepEqual(await reader.read(again), { state: 'absent' });
  }
  const [start, end] = embeddedRange(signed);
  assert.deepEqual(await reader.read(Buffer.concat([signed.subarray(0, start), signed.subarray(end)])), { state: 'absent' });
});

test('a file that is cut short is no intact one', async () => {
  for (const format of formats) {
    const signed = await ours.signer.sign(await picture(format), facts(format));
    for (const share of [0.05, 0.3, 0.6, 0.9, 0.99]) {
      const { state } = await reader.read(signed.subarray(0, Math.floor(signed.length * share)));
      assert.ok(state === 'changed' || state === 'absent', `${format} ${share}: ${state}`);
    }
  }
});

test('a certificate that has expired is told, and a change is told all the same', async () => {
  using old = await organisation('Example Ltd', { days: 1, nowMs: Date.now() - 30 * DAY_MS });
  await using itsReader = createManifestReader(old);
  const signed = Buffer.from(await old.signer.sign(await picture('webp'), facts('webp')));
  assert.deepEqual(await itsReader.read(signed), { ...intact, isExpired: true });
  signed[40] = (signed[40] ?? 0) ^ 1;
  assert.equal((await itsReader.read(signed)).state, 'changed');
});

test('another organisation of the same name is not us', async () => {
  using other = await organisation('Example Ltd');
  const signed = await other.signer.sign(await picture('jpeg'), facts('jpeg'));
  assert.deepEqual(await reader.read(signed), { ...intact, by: 'unknown' });
  // Nor is anybody, where there are no keys.
  await using nobodys = createManifestReader({ folder: join(ours.folder, 'nowhere') });
  assert.deepEqual(await nobodys.read(signed), { ...intact, by: 'unknown' });
});

test('another vendor’s manifest is theirs: of a known one where its certificate is in trusted.pem', async () => {
  using vendor = await organisation('Vendor Inc');
  using here = await organisation();
  const signed = vendorSigned(vendor, await picture('jpeg'));
  await using itsReader = createManifestReader(here);
  const told = { state: 'intact', by: 'unknown', signer: 'Vendor Inc', generator: 'Vendor’s camera 2.0', isAiGenerated: false } as const;
  assert.deepEqual(await itsReader.read(signed), told);
  writeFileSync(join(here.folder, keyFiles.trusted), fileOf(vendor, 'ca.pem'));
  assert.deepEqual(await itsReader.read(signed), { ...told, by: 'other' });
  const harmed = Buffer.from(signed);
  harmed[harmed.length - 20] = (harmed[harmed.length - 20] ?? 0) ^ 4;
  assert.deepEqual(await itsReader.read(harmed), { state: 'changed', signer: 'Vendor Inc', reason: 'assertion.dataHash.mismatch' });
});

test('a manifest that lies behind an address is not fetched', async () => {
  using vendor = await organisation('Vendor Inc');
  let isAsked = false;
  const { createServer } = await import('node:http');
  const server = createServer((_request, response) => {
    isAsked = true;
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  try {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const remote = vendorSigned(vendor, await picture('jpeg'), `http://127.0.0.1:${address.port}/manifest`);
    assert.ok(remote.includes(`127.0.0.1:${address.port}`), 'the file names the address');
    assert.deepEqual(await reader.read(remote), { state: 'absent' });
    // With the words in it for which the reader is asked at all.
    const asked: ManifestReport = await reader.read(Buffer.concat([remote, Buffer.from('c2pa.signature\0')]));
    assert.notEqual(asked.state, 'intact');
    assert.equal(isAsked, false);
  } finally {
    server.close();
  }
});

test('without the reader’s package it is said that nobody looked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-no-reader-'));
  try {
    const modulePath = join(folder, 'src/c2pa/reading/child.ts');
    for (const path of ['package.json', 'src/c2pa/reading', 'src/core'])
      cpSync(join(import.meta.dirname, '../..', path), join(folder, path), { recursive: true });
    const { ManifestReader } = await import('#src/c2pa/reading/manifest-reader.ts');
    await using bare = new ManifestReader({ anchors: () => [], trusted: () => [], modulePath });
    const signed = await ours.signer.sign(await picture('png'), facts('png'));
    for (let round = 0; round < 2; round += 1)
      assert.deepEqual(await bare.read(signed), { state: 'not_checked', reason: 'reader_missing' });
    assert.deepEqual(await bare.read(await picture('png')), { state: 'absent' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** By the C2PA project's own writer: a photograph. */
function vendorSigned(vendor: Organisation, file: Buffer, remoteUrl?: string): Buffer {
  const key = readFileSync(join(vendor.folder, keyFiles.signingKey));
  const signer = LocalSigner.newSigner(readFileSync(join(vendor.folder, keyFiles.signing)), key, 'ed25519');
  const builder = Builder.withJson({
    claim_generator_info: [{ name: 'Vendor’s camera', version: '2.0' }],
    assertions: [
      {
        label: 'c2pa.actions.v2',
        data: { actions: [{ action: 'c2pa.created', digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture' }] },
      },
    ],
  });
  if (remoteUrl !== undefined) {
    builder.setNoEmbed();
    builder.setRemoteUrl(remoteUrl);
  }
  const target: { buffer: Buffer | null } = { buffer: null };
  builder.sign(signer, { buffer: file, mimeType: mimeTypes.jpeg }, target);
  assert.ok(target.buffer !== null);
  return target.buffer;
}

/** Where the manifest lies in a file that was signed here, as its own assertion says. */
function embeddedRange(signed: Buffer): readonly [number, number] {
  const number = (name: string): number => {
    const at = signed.indexOf(name) + name.length;
    const head = signed[at] ?? 0;
    return head < 24
      ? head
      : head === 24
        ? signed.readUInt8(at + 1)
        : head === 25
          ? signed.readUInt16BE(at + 1)
          : signed.readUInt32BE(at + 1);
  };
  const start = number('estart');
  return [start, start + number('flength')];
}
