import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeAuthority, makeSigningCertificate } from '#src/c2pa/keys/certificates.ts';
import { keyFiles } from '#src/c2pa/keys/names.ts';
import { SigningKeyError } from '#src/c2pa/keys/organisation-keys.ts';
import { writePrivateFile } from '#src/private-file.ts';

export type NewKeys = {
  /** Made with mode 0700 where there is none. */
  readonly folder: string;
  /** Stands in both certificates, and so in every picture. */
  readonly organisation: string;
  /** How long the signing certificate is valid. */
  readonly days: number;
  readonly nowMs: number;
};

/** Longer than any certificate under it: twenty years more. */
const MORE_DAYS = 7305;

/**
 * An authority and a signing certificate under it, as files of mode 0600.
 * @throws SigningKeyError where one of the files is there: a key is never written over; PrivateFileError
 */
export async function makeOrganisationKeys({ folder, organisation, days, nowMs }: NewKeys): Promise<void> {
  const present = Object.values(keyFiles).find((file) => existsSync(join(folder, file)));
  if (present !== undefined)
    throw new SigningKeyError(
      `${join(folder, present)} is there already, and keys are never written over: «blitzbild keys show» tells of them; to begin anew, move the folder away first`,
    );
  const authority = await makeAuthority(organisation, { fromMs: nowMs, days: days + MORE_DAYS });
  const signing = await makeSigningCertificate(organisation, authority, { fromMs: nowMs, days });
  // The certificate of the signing key comes last: where it is, all is.
  writePrivateFile(join(folder, keyFiles.caKey), authority.keyPem);
  writePrivateFile(join(folder, keyFiles.ca), authority.certificatePem);
  writePrivateFile(join(folder, keyFiles.signingKey), signing.keyPem);
  writePrivateFile(join(folder, keyFiles.signing), signing.certificatePem);
}
