import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { StoreHandle } from '@matrix-org/matrix-sdk-crypto-wasm';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';
import { openCryptoStore } from '#src/chat/matrix/crypto/store.ts';
import { Device, sessionOf, storeKey } from './device.ts';

let folder: string;
let made = 0;
const newFile = (): string => join(folder, String(made++), 'crypto.sqlite');
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crypto-store-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

const refused =
  (reason: string, says: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof CryptoStoreError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /\n/u, 'one sentence');
    return true;
  };

test('a device is the same after it is opened again, reads what it has written and goes on in the same session', async () => {
  const file = newFile();
  using first = await Device.open(file);
  const content = await first.encrypt('one');
  const { identity } = first;
  first.close();
  using second = await Device.open(file);
  assert.equal(second.identity, identity);
  assert.equal(await second.decrypt(content), 'one');
  const next = await second.encrypt('two');
  assert.equal(sessionOf(next), sessionOf(content));
  assert.notEqual(JSON.parse(next).ciphertext, JSON.parse(content).ciphertext);
  assert.equal(await second.decrypt(next), 'two');
});

test('a message is on the disk before it is handed out: its session is further on in a copy that was made without closing', async () => {
  const file = newFile();
  using device = await Device.open(file);
  const contents = [await device.encrypt('one'), await device.encrypt('two')];
  // As after a crash: the file and its log, while the first process still has them open.
  const copy = newFile();
  (await Device.open(copy)).close();
  for (const end of ['', '-wal']) await writeFile(`${copy}${end}`, await readFile(`${file}${end}`));
  using after = await Device.open(copy);
  const third = await after.encrypt('three');
  assert.equal(sessionOf(third), sessionOf(contents[0]!));
  assert.equal(new Set([...contents, third].map((content) => indexOf(content))).size, 3, 'no message index twice');
});

/** Place of a message in its session: the second byte pair of the megolm format, a varint after tag 0x08. */
function indexOf(content: string): number {
  const bytes = Buffer.from(JSON.parse(content).ciphertext, 'base64');
  assert.equal(bytes[1], 0x08);
  return bytes[2]!;
}

test('nothing but its owner may read the file; nothing that it keeps stands in it in the clear', async () => {
  const file = newFile();
  using device = await Device.open(file);
  await device.share('!canaryroom:example.org');
  const { identity } = device;
  device.close();
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const bytes = await readFile(file);
  for (const secret of ['canaryroom', identity]) assert.ok(!bytes.includes(secret), secret);
});

test('globals: the classes alone remain, and do not show', async () => {
  using _ = await Device.open(newFile());
  assert.ok(!('indexedDB' in globalThis));
  assert.deepEqual(
    Object.keys(globalThis).filter((name) => name.startsWith('IDB')),
    [],
  );
});

test('two stores in one process, opened at the same time, know nothing of each other', async () => {
  const files = [newFile(), newFile(), newFile()];
  const devices = await Promise.all(files.map((file) => Device.open(file)));
  assert.equal(new Set(devices.map(({ identity }) => identity)).size, 3);
  const contents = await Promise.all(devices.map((device, index) => device.encrypt(`text ${index}`)));
  await assert.rejects(devices[0]!.decrypt(contents[1]!));
  const identities = devices.map(({ identity }) => identity);
  for (const device of devices) device.close();
  for (const [index, file] of files.entries()) {
    using again = await Device.open(file);
    assert.equal(again.identity, identities[index]);
  }
});

test('an open store is refused to others, in this process and in another, until it is closed', async () => {
  const file = newFile();
  using device = await Device.open(file);
  await assert.rejects(Device.open(file), refused('in-use', /in use by another Blitzbild process: stop that one/u));
  const script = `
    const { openCryptoStore } = await import('#src/chat/matrix/crypto/store.ts');
    await openCryptoStore({ file: ${JSON.stringify(file)}, key: new Uint8Array(32).fill(7), onWriteError() {} }).then(
      () => console.log('opened'), (error) => console.log(error.reason));
    process.exit();`;
  const other = async (): Promise<string> => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    await once(child, 'close');
    return out.trim();
  };
  assert.equal(await other(), 'in-use');
  await device.encrypt('still works');
  device.close();
  assert.equal(await other(), 'opened');
});

test('a wrong key is refused, and harms nothing', async () => {
  const file = newFile();
  using first = await Device.open(file);
  const { identity } = first;
  first.close();
  await assert.rejects(
    Device.open(file, new Uint8Array(32).fill(8)),
    refused('wrong-key', /does not open .*MATRIX_STORE_KEY_FILE.*new access token/u),
  );
  using again = await Device.open(file);
  assert.equal(again.identity, identity);
  await assert.rejects(openCryptoStore({ file: newFile(), key: new Uint8Array(31), onWriteError: assert.fail }), RangeError);
});

test('closing twice is closing once', async () => {
  const file = newFile();
  (await Device.open(file)).close();
  const store = await openCryptoStore({ file, key: storeKey, onWriteError: assert.fail });
  assert.ok(store.handle instanceof StoreHandle);
  store.close();
  store.close();
});

test('what is no database, is cut off, or has a byte changed anywhere that counts is refused as damaged', async () => {
  const file = newFile();
  using device = await Device.open(file);
  for (let room = 0; room < 40; room++) await device.share(`!room${room}:example.org`);
  const { identity } = device;
  device.close();
  const whole = await readFile(file);
  const says = refused('damaged', /is damaged: put a backup in its place/u);

  await writeFile(file, 'no database at all, but a text that is long enough to be read as a header of one '.repeat(20));
  await assert.rejects(Device.open(file), says);
  await writeFile(file, whole);
  await truncate(file, whole.length - 8192);
  await assert.rejects(Device.open(file), says);

  // One flipped byte in the middle of every page: refused, or in a place that holds nothing.
  let refusals = 0;
  const pageBytes = whole.readUInt16BE(16);
  for (let at = pageBytes / 2; at < whole.length; at += pageBytes) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x20, at);
    await writeFile(file, bytes);
    const opened = await Device.open(file).catch((error: unknown) => assert.ok(says(error)));
    if (opened === undefined) refusals++;
    else {
      assert.equal(opened.identity, identity);
      assert.equal(await opened.roomKeys(), 40);
      opened.close();
    }
  }
  assert.ok(refusals > (whole.length / pageBytes) * 0.6, `${refusals} of ${whole.length / pageBytes} pages`);

  await writeFile(file, whole);
  using mended = await Device.open(file);
  assert.equal(mended.identity, identity);
});

test('a file of a newer Blitzbild is refused, and left as it is', async () => {
  const file = newFile();
  (await Device.open(file)).close();
  const sqlite = new DatabaseSync(file);
  sqlite.exec('PRAGMA user_version = 2');
  sqlite.close();
  const before = await readFile(file);
  await assert.rejects(Device.open(file), refused('newer', /newer Blitzbild \(schema 2, this one knows 1\): update/u));
  assert.ok((await readFile(file)).equals(before));
});

test('a folder that can not be made is refused', async () => {
  const notAFolder = join(folder, 'a-file');
  await (await open(notAFolder, 'w')).close();
  await assert.rejects(
    Device.open(join(notAFolder, 'crypto.sqlite')),
    refused('inaccessible', /can't be opened: give this user the right/u),
  );
});

test('after closing nothing seems to be stored: the machine’s calls reject, and nobody is told of a broken disk', async () => {
  const file = newFile();
  using device = await Device.open(file);
  const { identity } = device;
  device.closeStore();
  await assert.rejects(device.share('!after:example.org'));
  assert.deepEqual(device.writeErrors, []);
  using again = await Device.open(file);
  assert.deepEqual([again.identity, await again.roomKeys()], [identity, 0]);
});
