import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { zipFiles } from '#src/finish/zip.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('everything comes out again, with letters of any language', () => {
  const files = [
    { name: 'Füchse im Schnee-1.png', bytes: bytes('one') },
    { name: '狐.png', bytes: bytes('two') },
    { name: '7', bytes: bytes('three') },
    { name: 'empty.csv', bytes: bytes('') },
  ];
  const found = unzipSync(zipFiles(files));
  assert.equal(Object.keys(found).length, 4);
  for (const { name, bytes: content } of files) assert.equal(strFromU8(found[name]!), strFromU8(content));
});

test('pictures are stored as they are, text is packed', () => {
  const even = new Uint8Array(10_000);
  assert.ok(zipFiles([{ name: 'a.png', bytes: even }]).length > 10_000);
  assert.ok(zipFiles([{ name: 'a.csv', bytes: even }]).length < 500);
});

test('equal files give equal archives, whenever and wherever they are made', () => {
  const make = (): Uint8Array => zipFiles([{ name: 'a.png', bytes: bytes('fox') }]);
  const zone = process.env['TZ'];
  const first = make();
  process.env['TZ'] = 'Pacific/Kiritimati';
  assert.deepEqual(make(), first);
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

test('names that would write elsewhere, or over each other, are refused', () => {
  for (const name of ['../a.png', 'a/b.png', 'a\\b.png', 'C:a.png', '..', '__proto__', '', 'a\0.png'])
    assert.throws(() => zipFiles([{ name, bytes: bytes('x') }]), /is not a file name/, name);
  const twice = ['a.png', 'A.PNG'].map((name) => ({ name, bytes: bytes('x') }));
  assert.throws(() => zipFiles(twice), /two files are called A\.PNG/);
});
