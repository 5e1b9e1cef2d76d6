/** Keys that an organisation's own PKI has issued. */
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { readOrganisationKeys, SigningKeyError } from '#src/c2pa/keys/organisation-keys.ts';
import { createManifestReader, openManifestSigner } from '#src/manifests.ts';
import { DAY_MS, facts, formats, generator, picture } from './organisation.ts';

const folder = mkdtempSync(join(tmpdir(), 'blitzbild-pki-'));
after(() => rmSync(folder, { recursive: true }));

type Kind = 'ed25519' | 'p256' | 'p384' | 'p521' | 'rsa' | 'k256' | 'rsa1024';

function newKey(kind: Kind): KeyObject {
  const curves = { p256: 'P-256', p384: 'P-384', p521: 'P-521', k256: 'secp256k1' } as const;
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'rsa' || kind === 'rsa1024') return generateKeyPairSync('rsa', { modulusLength: kind === 'rsa' ? 3072 : 1024 }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: curves[kind] }).privateKey;
}

const issuing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function issuerKey(name: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(readFileSync(join(folder, `${name}.key`))).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, issuing, false, ['sign']);
}

/** `NAME.key`, and `NAME.pem` by `issuer`; for `purpose` it is a signer's, without one an authority's. */
async function issue(
  name: string,
  { kind = 'p256', issuer = name, purpose }: { kind?: Kind; issuer?: string; purpose?: string } = {},
): Promise<void> {
  const key = newKey(kind);
  writeFileSync(join(folder, `${name}.key`), key.export({ type: 'pkcs8', format: 'pem' }));
  const publicKey = new PublicKey(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  const by = issuer === name ? undefined : new X509Certificate(readFileSync(join(folder, `${issuer}.pem`), 'utf8'));
  const subject = `O=Own PKI, CN=${name}`;
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: by?.subjectName ?? subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 90 * DAY_MS),
    publicKey,
    signingKey: await issuerKey(issuer),
    signingAlgorithm: issuing,
    extensions: [
      new BasicConstraintsExtension(purpose === undefined, undefined, true),
      new KeyUsagesExtension(purpose === undefined ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature, true),
      ...(purpose === undefined ? [] : [new ExtendedKeyUsageExtension([purpose])]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(by?.publicKey ?? publicKey),
    ],
  });
  writeFileSync(join(folder, `${name}.pem`), `${certificate.toString('pem')}\n`);
}

const emailProtection = '1.3.6.1.5.5.7.3.4';

const pem = (...names: readonly string[]): string => names.map((name) => readFileSync(join(folder, `${name}.pem`), 'utf8')).join('');

/** A folder of keys as the bot expects it. */
function keyFolder(
  name: string,
  { key = name, chain, anchors = ['root'] }: { key?: string; chain: readonly string[]; anchors?: readonly string[] },
): string {
  const place = mkdtempSync(join(folder, 'keys-'));
  writeFileSync(join(place, 'signing.key'), readFileSync(join(folder, `${key}.key`)), { mode: 0o600 });
  writeFileSync(join(place, 'signing.pem'), pem(...chain));
  if (anchors.length > 0) writeFileSync(join(place, 'ca.pem'), pem(...anchors));
  return place;
}

before(async () => {
  await issue('root');
  await issue('between', { issuer: 'root' });
  await issue('stranger');
});

for (const [kind, method] of [
  ['ed25519', 'Ed25519'],
  ['p256', 'ES256'],
  ['p384', 'ES384'],
  ['p521', 'ES512'],
  ['rsa', 'PS256'],
] as const) {
  test(`a key of kind ${kind} under a chain of two signs as ${method}, and the referee trusts it`, async () => {
    const name = `signer-${kind}`;
    await issue(name, { kind, issuer: 'between', purpose: emailProtection });
    const place = keyFolder(name, { chain: [name, 'between', 'root'] });
    const { signer: own, certificate } = openManifestSigner({ folder: place, now: Date.now });
    assert.ok(own !== undefined);
    assert.equal(certificate?.method, method);
    assert.equal(certificate.organisation, 'Own PKI');
    await using reader = createManifestReader({ folder: place });
    for (const format of formats) {
      const file = await picture(format);
      const signed = await own.sign(file, facts(format));
      assert.deepEqual(await reader.read(signed), { state: 'intact', by: 'ours', signer: 'Own PKI', generator, isAiGenerated: true });
      assert.equal(Buffer.from(await own.sign(file, facts(format))).equals(signed), certificate.isDeterministic);
    }
  });
}

test('C2PA’s own purpose of certificates is accepted as well', async () => {
  await issue('claim-signer', { issuer: 'root', purpose: '1.3.6.1.4.1.62558.2.1' });
  const place = keyFolder('claim-signer', { chain: ['claim-signer'] });
  await using reader = createManifestReader({ folder: place });
  const report = await reader.read(
    await openManifestSigner({ folder: place, now: Date.now }).signer!.sign(await picture('png'), facts('png')),
  );
  assert.ok(report.state === 'intact' && report.by === 'ours');
});

test('an authority between, alone in ca.pem, makes ours what it issued, and nothing else of the root', async () => {
  await issue('bots-only', { issuer: 'root' });
  await issue('bot', { issuer: 'bots-only', purpose: emailProtection });
  await issue('mailbox', { issuer: 'between', purpose: emailProtection });
  const place = keyFolder('bot', { chain: ['bot'], anchors: ['bots-only'] });
  const sign = async (from: string): Promise<Uint8Array> =>
    openManifestSigner({ folder: from, now: Date.now }).signer!.sign(await picture('png'), facts('png'));
  const mail = await sign(keyFolder('mailbox', { chain: ['mailbox', 'between'] }));
  const told = async (folderOfOurs: string, file: Uint8Array): Promise<string | undefined> => {
    await using reader = createManifestReader({ folder: folderOfOurs });
    const report = await reader.read(file);
    return report.state === 'intact' ? report.by : undefined;
  };
  assert.equal(await told(place, await sign(place)), 'ours');
  assert.equal(await told(place, mail), 'unknown');
  // With the common root, whoever has a certificate for mail could sign as the bot: docs/trust.md warns of it.
  assert.equal(await told(keyFolder('bot', { chain: ['bot', 'bots-only'] }), mail), 'ours');
});

test('what does not fit together is told in a sentence each', async (t) => {
  await issue('good', { issuer: 'between', purpose: '1.3.6.1.5.5.7.3.36' });
  await issue('server', { issuer: 'root', purpose: '1.3.6.1.5.5.7.3.1' });
  await issue('curve', { kind: 'k256', issuer: 'root', purpose: emailProtection });
  await issue('short', { kind: 'rsa1024', issuer: 'root', purpose: emailProtection });
  const locked = createPrivateKey(readFileSync(join(folder, 'good.key'))).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
  writeFileSync(join(folder, 'locked.key'), locked);
  writeFileSync(join(folder, 'noise.pem'), '-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n');
  writeFileSync(join(folder, 'empty.pem'), 'no certificate\n');
  writeFileSync(join(folder, 'noise.key'), 'no key');
  for (const [what, place, says] of [
    ['another key', keyFolder('good', { key: 'root', chain: ['good', 'between'] }), /signing\.pem does not belong to the key/u],
    ['a gap in the chain', keyFolder('good', { chain: ['good'] }), /does not lead to a certificate of ca\.pem/u],
    [
      'another authority',
      keyFolder('good', { chain: ['good', 'between'], anchors: ['stranger'] }),
      /does not lead to a certificate of ca\.pem/u,
    ],
    [
      'no authority',
      keyFolder('good', { chain: ['good', 'between'], anchors: [] }),
      /ca\.pem is missing: put the certificate of the authority there/u,
    ],
    ['the order turned round', keyFolder('good', { key: 'between', chain: ['between', 'good'] }), /is that of an authority/u],
    [
      'a server’s certificate',
      keyFolder('server', { chain: ['server'] }),
      /not for signing documents: it needs the extended key usage documentSigning/u,
    ],
    ['an unknown curve', keyFolder('curve', { chain: ['curve'] }), /of a kind that C2PA does not know/u],
    ['a short RSA key', keyFolder('short', { chain: ['short'] }), /of a kind that C2PA does not know/u],
    ['a passphrase', keyFolder('good', { key: 'locked', chain: ['good', 'between'] }), /locked with a passphrase/u],
    ['no key at all', keyFolder('good', { key: 'noise', chain: ['good', 'between'] }), /must hold a private key in PEM/u],
    ['a broken certificate', keyFolder('good', { chain: ['noise'] }), /must hold certificates in PEM/u],
    ['a text', keyFolder('good', { chain: ['empty'] }), /must hold certificates in PEM/u],
    ['too many', keyFolder('good', { chain: ['good', ...Array.from({ length: 60 }, () => 'between')] }), /too many certificates/u],
  ] as const) {
    await t.test(what, () => {
      assert.throws(
        () => readOrganisationKeys(place),
        (error: unknown) => {
          assert.ok(error instanceof SigningKeyError, String(error));
          assert.match(error.message, says);
          assert.ok(!error.message.includes('\n'));
          return true;
        },
      );
      const { state, refusal } = openManifestSigner({ folder: place, now: Date.now });
      assert.equal(state(), 'refused');
      assert.match(refusal ?? '', says);
    });
  }
});
