import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { organisationOf } from '#src/c2pa/keys/certificate-facts.ts';
import { makeAuthority, makeSigningCertificate, type KeyAndCertificate } from '#src/c2pa/keys/certificates.ts';
import { keyFiles } from '#src/c2pa/keys/names.ts';
import { readAnchors, SigningKeyError } from '#src/c2pa/keys/organisation-keys.ts';
import { readPrivateFile, writePrivateFile } from '#src/private-file.ts';

export type SigningDays = {
  /** Made with mode 0700 where there is none. */
  readonly folder: string;
  /** How long the signing certificate is valid. */
  readonly days: number;
  readonly nowMs: number;
};

/** Twenty years more than the first certificate under it, so that it can be renewed. */
const MORE_DAYS = 7305;
const DAY_MS = 86_400_000;

/**
 * An authority and a signing certificate under it, as files of mode 0600.
 * @param organisation stands in both certificates, and so in every picture; at most 64 characters
 * @throws SigningKeyError where one of the files is there: a key is never written over; PrivateFileError
 */
export async function makeOrganisationKeys({
  folder,
  organisation,
  days,
  nowMs,
}: SigningDays & { readonly organisation: string }): Promise<void> {
  const present = Object.values(keyFiles).find((file) => existsSync(join(folder, file)));
  if (present !== undefined)
    throw new SigningKeyError(
      `${join(folder, present)} is there already, and keys are never written over: «blitzbild keys show» tells of them, «blitzbild keys renew» makes a new certificate, and to begin anew, move these files away first`,
    );
  const authority = await makeAuthority(organisation, { fromMs: nowMs, days: days + MORE_DAYS });
  const signing = await makeSigningCertificate(organisation, authority, { fromMs: nowMs, days });
  writePrivateFile(join(folder, keyFiles.caKey), authority.keyPem);
  writePrivateFile(join(folder, keyFiles.ca), authority.certificatePem);
  // The certificate of the signing key comes last: where it is, all is.
  writePrivateFile(join(folder, keyFiles.signingKey), signing.keyPem);
  writePrivateFile(join(folder, keyFiles.signing), signing.certificatePem);
}

/**
 * A new signing key and certificate under the authority that is there, in the place of the old ones. What the old ones signed stays ours.
 * @throws SigningKeyError, PrivateFileError
 */
export async function renewSigningKey({ folder, days, nowMs }: SigningDays): Promise<void> {
  const { organisation, ...authority } = readAuthority(folder, nowMs + days * DAY_MS);
  const signing = await makeSigningCertificate(organisation, authority, { fromMs: nowMs, days });
  const files = [
    [join(folder, keyFiles.signingKey), signing.keyPem],
    [join(folder, keyFiles.signing), signing.certificatePem],
  ] as const;
  for (const [file, content] of files) {
    rmSync(`${file}.new`, { force: true });
    writePrivateFile(`${file}.new`, content);
  }
  for (const [file] of files) renameSync(`${file}.new`, file);
}

function readAuthority(folder: string, untilMs: number): KeyAndCertificate & { readonly organisation: string } {
  const [certificate] = readAnchors(folder);
  if (certificate === undefined || !existsSync(join(folder, keyFiles.caKey)))
    throw new SigningKeyError(
      `${join(folder, keyFiles.caKey)} and ${keyFiles.ca} are needed to issue a certificate: put them back, or, where another authority issued yours, let it issue the next one; «blitzbild keys init» makes all of them where there are none`,
    );
  if (untilMs > certificate.validToDate.getTime()) {
    const until = certificate.validToDate.toISOString().slice(0, 10);
    throw new SigningKeyError(
      `the authority is valid until ${until}, and nothing that it issues can be valid for longer: take fewer --days`,
    );
  }
  return {
    keyPem: readPrivateFile(join(folder, keyFiles.caKey)).toString('utf8'),
    certificatePem: readFileSync(join(folder, keyFiles.ca), 'utf8'),
    organisation: organisationOf(certificate),
  };
}
