import type { X509Certificate } from 'node:crypto';
import type { OrganisationKeys } from '#src/c2pa/keys/organisation-keys.ts';

/** What people are told of the certificate that is signed with. */
export type CertificateFacts = {
  readonly organisation: string;
  /** SHA-256 of the certificate, hexadecimal in pairs. */
  readonly fingerprint: string;
  readonly method: string;
  readonly isDeterministic: boolean;
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
};

export function certificateFacts({ certificate, method }: OrganisationKeys): CertificateFacts {
  return {
    organisation: organisationOf(certificate),
    fingerprint: certificate.fingerprint256,
    method: method.name,
    isDeterministic: method.isDeterministic,
    fromMs: certificate.validFromDate.getTime(),
    untilMs: certificate.validToDate.getTime(),
  };
}

/** Some have several, or none. */
export function organisationOf(certificate: X509Certificate): string {
  const { O: organisation, CN: commonName } = certificate.toLegacyObject().subject as Partial<Record<'O' | 'CN', string | string[]>>;
  return [organisation ?? commonName ?? certificate.serialNumber].flat().join(', ');
}
