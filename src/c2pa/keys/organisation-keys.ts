import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyFiles } from '#src/c2pa/keys/names.ts';
import { certificatesIn, isIssuedBy, isSelfSigned } from '#src/c2pa/keys/pem.ts';
import { methodOf } from '#src/c2pa/writing/cose.ts';
import type { SigningKey } from '#src/c2pa/writing/signer.ts';
import { PrivateFileError, readPrivateFile } from '#src/private-file.ts';

/** The keys can't be used. `message`: one sentence, with what helps. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
}

export type OrganisationKeys = SigningKey & {
  readonly certificate: X509Certificate;
  /** Certificates that ours lead to. */
  readonly anchors: readonly X509Certificate[];
};

/** For what a certificate may sign by C2PA's profile (14.5.1); each by its object identifier. */
const purposes = ['1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.36', '1.3.6.1.4.1.62558.2.1'];
/** Of all certificates of a chain; more would not fit into one segment of a JPEG. */
const MOST_CHAIN_BYTES = 24_000;

/**
 * Whether the certificate is valid today is not looked at.
 * @param folder where the files named by `keyFiles` are
 * @returns `undefined` where there are neither key nor certificate
 * @throws SigningKeyError, PrivateFileError where others may read the key
 */
export function readOrganisationKeys(folder: string): OrganisationKeys | undefined {
  const [keyFile, certificateFile] = [join(folder, keyFiles.signingKey), join(folder, keyFiles.signing)];
  if (!existsSync(keyFile) && !existsSync(certificateFile)) return undefined;
  const key = readKey(keyFile);
  const chain = readCertificates(certificateFile).filter((certificate, place) => place === 0 || !isSelfSigned(certificate));
  const [certificate] = chain;
  if (certificate === undefined) throw new SigningKeyError(`${certificateFile} holds no certificate: ${putBack}`);
  const anchors = readAnchors(folder);
  const method = methodOf(key);
  if (method === undefined)
    throw new SigningKeyError(
      `the key ${keyFile} is of a kind that C2PA does not know: take Ed25519, P-256, P-384, P-521 or RSA from 2048 bits`,
    );
  if (!certificate.checkPrivateKey(key))
    throw new SigningKeyError(`${certificateFile} does not belong to the key ${keyFile}: ${remedy(folder)}`);
  examinePurpose(certificate, certificateFile);
  examineChain(chain, anchors, folder);
  return { key, method, chain: chain.map(({ raw }) => raw), certificate, anchors };
}

/** @returns none where the file is not there. @throws SigningKeyError where it holds something else */
export const readAnchors = (folder: string): readonly X509Certificate[] => optional(join(folder, keyFiles.ca));

/** Like `readAnchors`, of others. */
export const readTrusted = (folder: string): readonly X509Certificate[] => optional(join(folder, keyFiles.trusted));

const putBack = 'put both back from a backup, or move them away and make new ones with «blitzbild keys init»';

/** A crash of `renewSigningKey` leaves such a pair; with the authority's key it can be made again. */
const remedy = (folder: string): string =>
  existsSync(join(folder, keyFiles.caKey))
    ? 'make both anew with «blitzbild keys renew» (what was signed before stays yours), or put both back from a backup'
    : putBack;

const optional = (file: string): readonly X509Certificate[] => (existsSync(file) ? readCertificates(file) : []);

function readCertificates(file: string): readonly X509Certificate[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SigningKeyError(`${file} can't be read: ${putBack}`, { cause: error });
  }
  const certificates = certificatesIn(text);
  if (certificates === undefined || certificates.length === 0)
    throw new SigningKeyError(`${file} must hold certificates in PEM («-----BEGIN CERTIFICATE-----»), and only whole ones`);
  return certificates;
}

function readKey(file: string): KeyObject {
  const pem = readPrivateFile(file);
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const isLocked = pem.includes('ENCRYPTED');
    throw new SigningKeyError(
      isLocked
        ? `the key ${file} is locked with a passphrase, which a bot that starts by itself can't type: store it without («openssl pkey -in … -out …»)`
        : `${file} must hold a private key in PEM («-----BEGIN PRIVATE KEY-----»): put it back from a backup`,
      { cause: error },
    );
  } finally {
    pem.fill(0);
  }
}

function examinePurpose(certificate: X509Certificate, file: string): void {
  if (certificate.ca)
    throw new SigningKeyError(
      `the first certificate of ${file} is that of an authority: the one that belongs to the signing key comes first`,
    );
  if (!(certificate.keyUsage ?? []).some((purpose) => purposes.includes(purpose)))
    throw new SigningKeyError(
      `the certificate in ${file} is not for signing documents: it needs the extended key usage documentSigning, emailProtection or c2pa-kp-claimSigning`,
    );
}

function examineChain(chain: readonly X509Certificate[], anchors: readonly X509Certificate[], folder: string): void {
  if (chain.reduce((sum, { raw }) => sum + raw.length, 0) > MOST_CHAIN_BYTES)
    throw new SigningKeyError(
      `${join(folder, keyFiles.signing)} holds too many certificates: only those between the key and ${keyFiles.ca} are needed`,
    );
  const links = [...chain.slice(1).map((issuer) => [issuer]), anchors];
  if (chain.every((certificate, place) => links[place]?.some((issuer) => isIssuedBy(certificate, issuer)))) return;
  throw new SigningKeyError(
    anchors.length === 0
      ? `${join(folder, keyFiles.ca)} is missing: put the certificate of the authority there that issued ${keyFiles.signing}`
      : `${join(folder, keyFiles.signing)} does not lead to a certificate of ${keyFiles.ca}: the certificates between them belong into ${keyFiles.signing}, each behind the one that it issued`,
  );
}

/** Why the keys in the folder can't be used, in a sentence; `undefined` for other errors. */
export const keyTrouble = (error: unknown): string | undefined =>
  error instanceof SigningKeyError || error instanceof PrivateFileError ? error.message : undefined;
