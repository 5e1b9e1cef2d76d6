import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { zipFiles } from '#src/finish/zip.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('everything comes out again, with letters of any language', async () => {
  const files = [
    { name: 'Füchse im Schnee-1.png', bytes: bytes('one') },
    { name: '狐.png', bytes: bytes('two') },
    { name: '7', bytes: bytes('three') },
    { name: 'empty.csv', bytes: bytes('') },
    { name: 'large.png', bytes: new Uint8Array(2_500_000).map((_, index) => index % 251) },
    { name: 'large.csv', bytes: new Uint8Array(2_500_000).map((_, index) => index % 7) },
    { name: 'whole.png', bytes: new Uint8Array(2 << 20).fill(3) },
  ];
  const found = unzipSync(await zipFiles(files));
  assert.deepEqual(Object.keys(found).toSorted(), files.map(({ name }) => name).toSorted());
  for (const { name, bytes: content } of files) assert.ok(Buffer.compare(found[name]!, content) === 0, name);
  assert.equal(strFromU8(found['狐.png']!), 'two');
});

test('pictures are stored as they are, text is packed', async () => {
  const even = new Uint8Array(10_000);
  assert.ok((await zipFiles([{ name: 'a.png', bytes: even }])).length > 10_000);
  assert.ok((await zipFiles([{ name: 'a.csv', bytes: even }])).length < 500);
});

test('equal files give equal archives, whenever and wherever they are made', async () => {
  const make = async (): Promise<Uint8Array> => zipFiles([{ name: 'a.png', bytes: bytes('fox') }]);
  const zone = process.env['TZ'];
  const first = await make();
  process.env['TZ'] = 'Pacific/Kiritimati';
  assert.deepEqual(await make(), first);
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

test('names that would write elsewhere, or over each other, are refused', async () => {
  for (const name of ['../a.png', 'a/b.png', 'a\\b.png', 'C:a.png', '..', '__proto__', '', 'a\0.png'])
    await assert.rejects(zipFiles([{ name, bytes: bytes('x') }]), /is not a file name/, name);
  const twice = ['a.png', 'A.PNG'].map((name) => ({ name, bytes: bytes('x') }));
  await assert.rejects(zipFiles(twice), /two files are called A\.PNG/);
});

test('a file is read when those before it are in, and other work goes on meanwhile', async () => {
  const order: string[] = [];
  async function* read() {
    for (let index = 0; index < 60; index++) {
      order.push(`read ${index}`);
      yield { name: `${index}.png`, bytes: new Uint8Array(1_500_000) };
      order.push(`in ${index}`);
    }
  }
  let breaks = 0;
  let isDone = false;
  const other = (): void => {
    breaks += 1;
    if (!isDone) setImmediate(other);
  };
  other();
  const archive = await zipFiles(read());
  isDone = true;
  assert.ok(archive.length > 90_000_000);
  assert.deepEqual(order.slice(0, 4), ['read 0', 'in 0', 'read 1', 'in 1']);
  // In one go it takes more than a quarter of a second.
  assert.ok(breaks > 100, `${breaks} breaks`);
});
