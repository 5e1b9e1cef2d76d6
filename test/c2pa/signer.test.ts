import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Reader } from '@contentauth/c2pa-node';
import sharp from 'sharp';
import { ContainerError } from '#src/c2pa/writing/containers/container.ts';
import { readTags, withoutExiftool } from '../finish/exiftool.ts';
import { facts, fileOf, formats, generator, mimeTypes, organisation, picture, type Format, type Organisation } from './organisation.ts';

let ours: Organisation;
before(async () => {
  ours = await organisation('Büro, "Ä" = Söhne & Co');
});
after(() => ours[Symbol.dispose]());

/** What the C2PA project's own reader says, which is the referee. */
async function referee(file: Uint8Array, format: Format) {
  const trust = { trust_anchors: fileOf(ours, 'ca.pem') };
  const verify = { verify_trust: true, remote_manifest_fetch: false, ocsp_fetch: false };
  const reader = await Reader.fromAsset({ buffer: Buffer.from(file), mimeType: mimeTypes[format] }, JSON.stringify({ trust, verify }));
  assert.ok(reader !== null, 'a manifest is found');
  const store = reader.json();
  const manifest = store.manifests?.[store.active_manifest ?? ''];
  assert.ok(manifest !== undefined);
  return { store, manifest };
}

for (const format of formats) {
  for (const [widthPx, heightPx] of [
    [1, 1],
    [64, 64],
    [333, 77],
    [1024, 1024],
  ] as const) {
    test(`${format} of ${widthPx}×${heightPx}: the referee trusts it, and the pixels are the same`, async () => {
      const file = await picture(format, widthPx, heightPx);
      const signed = await ours.signer.sign(file, facts(format));
      const { store, manifest } = await referee(signed, format);
      assert.equal(store.validation_state, 'Trusted');
      assert.deepEqual(store.validation_results?.activeManifest?.failure, []);
      assert.deepEqual(store.validation_results?.activeManifest?.informational, []);
      assert.equal(manifest.signature_info?.issuer, 'Büro, "Ä" = Söhne & Co');
      assert.equal(manifest.claim_generator_info?.[0]?.name, generator);
      const [actions] = manifest.assertions ?? [];
      assert.deepEqual(actions?.data, {
        actions: [
          {
            action: 'c2pa.created',
            softwareAgent: { name: generator },
            digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
          },
        ],
      });
      const [pixels, before] = await Promise.all([sharp(signed).raw().toBuffer(), sharp(file).raw().toBuffer()]);
      assert.ok(pixels.equals(before));
      assert.ok(signed.length - file.length < 2500, `${signed.length - file.length} bytes more`);
    });
  }
}

test('equal files and facts give equal bytes; other files, other facts and other keys give others', async () => {
  const [file, other] = [await picture('png'), await picture('png', 96, 65)];
  const sign = async (bytes: Uint8Array, about = facts('png')): Promise<string> =>
    Buffer.from(await ours.signer.sign(bytes, about)).toString('latin1');
  using elsewhere = await organisation();
  const signed = await sign(file);
  assert.equal(await sign(file), signed);
  assert.equal(await sign(Buffer.from(file)), signed);
  const label = (text: string): string | undefined => /urn:c2pa:[-0-9a-f]{36}/u.exec(text)?.[0];
  const others = [
    await sign(other),
    await sign(file, { ...facts('png'), generator: 'Another 1' }),
    Buffer.from(await elsewhere.signer.sign(file, facts('png'))).toString('latin1'),
  ];
  assert.equal(new Set([signed, ...others].map(label)).size, 4);
});

test('a JPEG keeps what old readers want first, and exiftool finds nothing to complain of', { skip: withoutExiftool }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-exiftool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const format of formats) {
    const plain = await picture(format);
    const withExif = sharp(plain).withExif({ IFD0: { Copyright: 'nobody' } });
    const path = join(folder, `signed.${format}`);
    writeFileSync(path, await ours.signer.sign(format === 'jpeg' ? await withExif.jpeg().toBuffer() : plain, facts(format)));
    const tags = readTags(path);
    assert.equal(tags['ExifTool:Validate'], '0 0 0', JSON.stringify(tags));
    assert.equal(tags['IFD0:Copyright'], format === 'jpeg' ? 'nobody' : undefined);
    const [, type] = Object.entries(tags).find(([name]) => name.endsWith(':ActionsDigitalSourceType')) ?? [];
    // Debian's exiftool does not look for it in WebP.
    if (format !== 'webp') assert.equal(type, 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia');
  }
});

test('what is not the file it is called, is cut short or has a manifest is refused', async () => {
  const [png, jpeg, webp] = await Promise.all(formats.map(async (format) => picture(format)));
  assert.ok(png !== undefined && jpeg !== undefined && webp !== undefined);
  for (const [file, format] of [
    [png, 'jpeg'],
    [jpeg, 'webp'],
    [webp, 'png'],
    [Buffer.from('a text'), 'png'],
    [Buffer.alloc(0), 'jpeg'],
    [png.subarray(0, 20), 'png'],
    [jpeg.subarray(0, 3), 'jpeg'],
    [webp.subarray(0, 40), 'webp'],
  ] as const) {
    await assert.rejects(ours.signer.sign(file, facts(format)), ContainerError);
  }
  const signed = await ours.signer.sign(png, facts('png'));
  await assert.rejects(ours.signer.sign(signed, facts('png')), /has a manifest already/u);
});

test('signing a PNG of 1024×1024 takes at most 10 ms', async () => {
  const file = await picture('png', 1024, 1024);
  const times: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    const startedMs = performance.now();
    await ours.signer.sign(file, facts('png'));
    times.push(performance.now() - startedMs);
  }
  // The best of many: the machine may be busy with other tests.
  assert.ok(Math.min(...times) <= 10, times.map((ms) => ms.toFixed(1)).join(' '));
});
