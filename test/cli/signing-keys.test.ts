/** `blitzbild keys init | show | renew` in a data folder of their own. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import { SigningKeyError } from '#src/c2pa/keys/organisation-keys.ts';
import type { Io } from '#src/cli/io.ts';
import { keys } from '#src/cli/keys.ts';
import { createManifestReader, openManifestSigner } from '#src/manifests.ts';
import { openMarking } from '#src/marking.ts';
import { DAY_MS, facts, picture } from '../c2pa/organisation.ts';

/** A folder of the program without any settings. */
function program(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'blitzbild-root-'));
  t.after(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'data', 'keys');
  const run = async (...args: readonly string[]): Promise<string> => {
    let said = '';
    const stdout = new PassThrough().setEncoding('utf8').on('data', (piece: string) => (said += piece));
    await keys(args, { stdin: new PassThrough(), stdout, stderr: new PassThrough(), root: pathToFileURL(`${root}/`) } as unknown as Io);
    return said;
  };
  return { folder, run };
}

test('keys init makes an authority and a key for this user alone, once', async (t) => {
  const { folder, run } = program(t);
  assert.match(await run('show'), /ok {4}Manifests \(C2PA\): pictures are not signed, there is no key/u);
  const said = await run('init', '--organisation', 'Büro & Söhne', '--days', '400');
  assert.match(
    said,
    /for «Büro & Söhne», valid for 400 days[^]*Restart the bot[^]*ca\.key is needed for «keys renew» alone[^]*Give ca\.pem/u,
  );
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  const files = readdirSync(folder).sort();
  assert.deepEqual(files, ['ca.key', 'ca.pem', 'signing.key', 'signing.pem']);
  for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
  const content = files.map((file) => readFileSync(join(folder, file), 'utf8'));
  await assert.rejects(run('init'), (error: unknown) => {
    assert.ok(error instanceof SigningKeyError);
    assert.match(error.message, /ca\.key is there already, and keys are never written over: «blitzbild keys show»/u);
    return true;
  });
  assert.deepEqual(
    files.map((file) => readFileSync(join(folder, file), 'utf8')),
    content,
  );
});

test('keys init leaves a folder with a part of the keys alone', async (t) => {
  const { folder, run } = program(t);
  await run('init');
  for (const file of ['ca.key', 'ca.pem', 'signing.pem']) rmSync(join(folder, file));
  await assert.rejects(run('init'), /signing\.key is there already/u);
  assert.match(await run('show'), /WRONG Manifests.*signing\.pem can't be read: put both back from a backup/u);
});

test('keys show tells the certificate, its authority, and that the reader accepts it', async (t) => {
  const { folder, run } = program(t);
  await run('init', '--organisation', 'Example Ltd', '--days', '400');
  const said = await run('show');
  const { certificate } = openManifestSigner({ folder, now: Date.now });
  assert.ok(certificate !== undefined);
  assert.match(said, /Organisation {2}Example Ltd/u);
  assert.ok(said.includes(`Certificate   ${certificate.fingerprint} (SHA-256)`), said);
  assert.match(said, /Signatures {4}Ed25519, equal pictures give equal files/u);
  assert.match(said, /Authority {5}(?:[0-9A-F]{2}:){31}[0-9A-F]{2} \(SHA-256\), until 20\d\d-\d\d-\d\d/u);
  assert.match(said, /Used {10}in every room that has not switched it off/u);
  assert.match(said, /ok {4}Manifests \(C2PA\): pictures are signed for «Example Ltd», until 20\d\d-\d\d-\d\d \((?:399|400) days\)/u);
  assert.match(said, /one was signed, read again and found to be ours/u);
  assert.ok(!said.includes('PRIVATE'));
});

test('a key that others may read is refused, with the command that helps', async (t) => {
  const { folder, run } = program(t);
  await run('init');
  chmodSync(join(folder, 'signing.key'), 0o640);
  const said = await run('show');
  assert.match(said, /WRONG.*not signed, the key file .*signing\.key is open to other users \(mode 640\).*chmod 600 .*signing\.key/u);
  const signing = openManifestSigner({ folder, now: Date.now });
  assert.equal(signing.state(), 'refused');
  assert.equal(signing.signer, undefined);
  chmodSync(join(folder, 'ca.key'), 0o644);
  await assert.rejects(run('renew'), /ca\.key is open to other users/u);
});

test('an expired certificate signs nothing any more, and says so', async (t) => {
  const { folder, run } = program(t);
  const nowMs = Date.now();
  await makeOrganisationKeys({ folder, organisation: 'Example Ltd', days: 10, nowMs: nowMs - 20 * DAY_MS });
  assert.match(
    await run('show'),
    /WRONG.*pictures are NOT signed any more, the certificate has expired on 20[^]*→ Run «blitzbild keys renew»/u,
  );
  let now = nowMs - 11 * DAY_MS;
  const signing = openManifestSigner({ folder, now: () => now });
  assert.equal(signing.state(), 'ready');
  const file = await picture('png');
  assert.ok((await signing.signer!.sign(file, facts('png'))).length > file.length);
  now = nowMs;
  assert.equal(signing.state(), 'expired');
  await assert.rejects(signing.signer!.sign(file, facts('png')), SigningKeyError);
});

test('the last 30 days of a certificate are told', async (t) => {
  const { folder, run } = program(t);
  await makeOrganisationKeys({ folder, organisation: 'Example Ltd', days: 20, nowMs: Date.now() });
  assert.match(
    await run('show'),
    /WRONG.*pictures are signed for «Example Ltd», until .* \((?:19|20) days\)\n +→ Run «blitzbild keys renew»/u,
  );
});

test('a certificate that is valid only later is told', async (t) => {
  const { folder, run } = program(t);
  await makeOrganisationKeys({ folder, organisation: 'Example Ltd', days: 20, nowMs: Date.now() + 5 * DAY_MS });
  assert.match(await run('show'), /NOT signed, the certificate is valid only from 20[^]*clock of this machine/u);
});

test('keys renew makes the next certificate, and what the old one signed stays ours', async (t) => {
  const { folder, run } = program(t);
  await run('init', '--organisation', 'Example Ltd', '--days', '40');
  const before = openManifestSigner({ folder, now: Date.now });
  const old = await before.signer!.sign(await picture('webp'), facts('webp'));
  assert.match(await run('renew', '--days', '500'), /valid for 500 days\. Restart the bot/u);
  const after = openManifestSigner({ folder, now: Date.now });
  assert.notEqual(after.certificate?.fingerprint, before.certificate?.fingerprint);
  assert.equal(after.certificate?.organisation, 'Example Ltd');
  const files = readdirSync(folder).sort();
  assert.deepEqual(files, ['ca.key', 'ca.pem', 'signing.key', 'signing.pem']);
  assert.equal(statSync(join(folder, 'signing.key')).mode & 0o777, 0o600);
  const young = await after.signer!.sign(await picture('webp'), facts('webp'));
  await using reader = createManifestReader({ folder });
  for (const file of [old, young]) {
    const report = await reader.read(file);
    assert.ok(report.state === 'intact' && report.by === 'ours' && report.isExpired === undefined);
  }
  rmSync(join(folder, 'ca.key'));
  await assert.rejects(run('renew'), /ca\.key and ca\.pem are needed to issue a certificate/u);
});

test('a crash in the middle of keys renew is told, with keys renew as the way out', async (t) => {
  const { folder, run } = program(t);
  await run('init', '--organisation', 'Example Ltd');
  const old = readFileSync(join(folder, 'signing.pem'));
  await run('renew');
  // The key was named, the certificate not yet.
  writeFileSync(join(folder, 'signing.pem'), old);
  assert.match(await run('show'), /signing\.pem does not belong to the key .*: make both anew with «blitzbild keys renew»/u);
  await run('renew');
  assert.match(await run('show'), /found to be ours/u);
  await run('renew');
  writeFileSync(join(folder, 'signing.pem'), old);
  rmSync(join(folder, 'ca.key'));
  assert.match(await run('show'), /does not belong to the key .*: put both back from a backup/u);
});

test('nothing is issued for longer than the authority is valid, and nothing of it is left behind', async (t) => {
  const { folder, run } = program(t);
  await makeOrganisationKeys({ folder, organisation: 'Example Ltd', days: 1, nowMs: Date.now() - 7000 * DAY_MS });
  const before = readFileSync(join(folder, 'signing.pem'), 'utf8');
  await assert.rejects(run('renew', '--days', '7000'), /the authority is valid until 20\d\d-\d\d-\d\d.*take fewer --days/u);
  assert.equal(readFileSync(join(folder, 'signing.pem'), 'utf8'), before);
  assert.ok(!existsSync(join(folder, 'signing.key.new')));
});

test('a bot that starts says at once that pictures are not signed, or not for long', async (t) => {
  const { folder } = program(t);
  const nowMs = Date.now();
  await makeOrganisationKeys({ folder, organisation: 'Example Ltd', days: 60, nowMs });
  const start = async (days: number): Promise<readonly string[]> => {
    const said: string[] = [];
    const log = { warn: (fields: object, sentence: string) => void said.push(`${sentence} ${JSON.stringify(fields)}`) };
    const options = { log, now: () => nowMs + days * DAY_MS, program: 'Blitzbild' };
    await using marks = openMarking(
      { dataFolder: join(folder, '..'), marks: { manifest: true, watermark: false, prompt: false } },
      options,
    );
    void marks;
    return said;
  };
  assert.deepEqual(await start(29), []);
  const [soon = '', ...more] = await start(45);
  assert.match(soon, /expires soon: «blitzbild keys renew» \{"validUntil":"20\d\d-\d\d-\d\d","days":1[45]\}/u);
  assert.deepEqual(more, []);
  assert.match((await start(61)).join(), /^Pictures get no manifest: the certificate is not valid today; «blitzbild keys show» says more/u);
  chmodSync(join(folder, 'signing.key'), 0o644);
  assert.match((await start(0)).join(), /^Pictures get no manifest: the key can’t be used .*chmod 600/u);
});
