/** Making certificates. Sources: RFC 5280; RFC 8410 (Ed25519); RFC 9336 (documentSigning); C2PA technical specification 2.2, 14.5.1. */
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto, type KeyObject } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';

export type KeyAndCertificate = { readonly keyPem: string; readonly certificatePem: string };

export type Validity = { readonly fromMs: number; readonly days: number };

const algorithm = { name: 'Ed25519' };
const DAY_MS = 86_400_000;
/** Clocks that lag behind this one. */
const LEEWAY_MS = 300_000;
const documentSigning = '1.3.6.1.5.5.7.3.36';
/** With the highest bit off it is a positive number of at most 20 octets. */
const SERIAL_BYTES = 16;

/** A certificate authority of the organisation's own, which issues nothing but signing certificates. */
export async function makeAuthority(organisation: string, validity: Validity): Promise<KeyAndCertificate> {
  const pair = await newPair();
  return issue({ subject: name(organisation, 'Blitzbild certificate authority'), validity, pair, issuer: undefined }, [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]);
}

/** A certificate for a new signing key, under `authority`. */
export async function makeSigningCertificate(
  organisation: string,
  authority: KeyAndCertificate,
  validity: Validity,
): Promise<KeyAndCertificate> {
  const pair = await newPair();
  const issuer = { certificate: new X509Certificate(authority.certificatePem), key: await imported(createPrivateKey(authority.keyPem)) };
  return issue({ subject: name(organisation, 'Blitzbild'), validity, pair, issuer }, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([documentSigning]),
  ]);
}

/** As values of a kind that is named, so that nothing in them is read as syntax. */
const name = (organisation: string, commonName: string): Name =>
  new Name([{ O: [{ utf8String: organisation }] }, { CN: [{ utf8String: commonName }] }]);

type Pair = { readonly pem: string; readonly privateKey: webcrypto.CryptoKey; readonly publicKey: webcrypto.CryptoKey };

type Order = {
  readonly subject: Name;
  readonly validity: Validity;
  readonly pair: Pair;
  /** `undefined`: it signs itself. */
  readonly issuer: { readonly certificate: X509Certificate; readonly key: webcrypto.CryptoKey } | undefined;
};

async function issue({ subject, validity, pair, issuer }: Order, extensions: readonly Extension[]): Promise<KeyAndCertificate> {
  const issuerKey = issuer?.certificate.publicKey ?? pair.publicKey;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: issuer?.certificate.subjectName ?? subject,
    notBefore: new Date(validity.fromMs - LEEWAY_MS),
    notAfter: new Date(validity.fromMs + validity.days * DAY_MS),
    publicKey: pair.publicKey,
    signingKey: issuer?.key ?? pair.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      ...extensions,
      await SubjectKeyIdentifierExtension.create(pair.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuerKey),
    ],
  });
  return { keyPem: pair.pem, certificatePem: `${certificate.toString('pem')}\n` };
}

async function newPair(): Promise<Pair> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return {
    pem,
    privateKey: await imported(privateKey),
    publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
}

const imported = async (key: KeyObject): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), algorithm, false, ['sign']);

function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
