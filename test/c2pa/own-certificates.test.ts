/** Keys that an organisation's own PKI has issued, made by openssl. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readOrganisationKeys, SigningKeyError } from '#src/c2pa/keys/organisation-keys.ts';
import { createManifestReader, openManifestSigner } from '#src/manifests.ts';
import { facts, formats, generator, picture } from './organisation.ts';

const folder = mkdtempSync(join(tmpdir(), 'blitzbild-pki-'));
after(() => rmSync(folder, { recursive: true }));

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

const kinds: Readonly<Record<string, readonly string[]>> = {
  ed25519: ['-algorithm', 'ed25519'],
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  p521: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  rsa: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
  k256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  rsa1024: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
};

const authority =
  'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n';
const signer = (purpose: string): string =>
  `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${purpose}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n`;

/** `NAME.key`, and `NAME.pem` by `issuer`. */
function issue(name: string, { kind = 'p256', issuer = name, extensions = authority } = {}): void {
  openssl('genpkey', ...(kinds[kind] ?? []), '-out', `${name}.key`);
  openssl('req', '-new', '-key', `${name}.key`, '-subj', `/O=Own PKI/CN=${name}`, '-out', `${name}.csr`);
  writeFileSync(join(folder, `${name}.ext`), extensions);
  const by = issuer === name ? ['-signkey', `${name}.key`] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial'];
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', '90', '-extfile', `${name}.ext`, '-out', `${name}.pem`);
}

const pem = (...names: readonly string[]): string => names.map((name) => readFileSync(join(folder, `${name}.pem`), 'utf8')).join('');

/** A folder of keys as the bot expects it. */
function keyFolder(
  name: string,
  { key = name, chain, anchors = ['root'] }: { key?: string; chain: readonly string[]; anchors?: readonly string[] },
): string {
  const place = mkdtempSync(join(folder, 'keys-'));
  cpSync(join(folder, `${key}.key`), join(place, 'signing.key'));
  writeFileSync(join(place, 'signing.key'), readFileSync(join(folder, `${key}.key`)), { mode: 0o600 });
  execFileSync('chmod', ['600', join(place, 'signing.key')]);
  writeFileSync(join(place, 'signing.pem'), pem(...chain));
  if (anchors.length > 0) writeFileSync(join(place, 'ca.pem'), pem(...anchors));
  return place;
}

before(() => {
  issue('root');
  issue('between', { issuer: 'root' });
  issue('stranger');
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
    issue(name, { kind, issuer: 'between', extensions: signer('emailProtection') });
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
  issue('claim-signer', { issuer: 'root', extensions: signer('1.3.6.1.4.1.62558.2.1') });
  const place = keyFolder('claim-signer', { chain: ['claim-signer'] });
  await using reader = createManifestReader({ folder: place });
  const report = await reader.read(
    await openManifestSigner({ folder: place, now: Date.now }).signer!.sign(await picture('png'), facts('png')),
  );
  assert.ok(report.state === 'intact' && report.by === 'ours');
});

test('what does not fit together is told in a sentence each', async (t) => {
  issue('good', { issuer: 'between', extensions: signer('1.3.6.1.5.5.7.3.36') });
  issue('server', { issuer: 'root', extensions: signer('serverAuth') });
  issue('curve', { kind: 'k256', issuer: 'root', extensions: signer('emailProtection') });
  issue('short', { kind: 'rsa1024', issuer: 'root', extensions: signer('emailProtection') });
  openssl('pkey', '-in', 'good.key', '-aes256', '-passout', 'pass:x', '-out', 'locked.key');
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
