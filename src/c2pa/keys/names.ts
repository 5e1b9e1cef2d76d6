/** The files of an organisation that signs. Whoever has certificates already puts theirs there under these names, as PEM. */
export const keyFiles = {
  /** Issues signing certificates, and is needed for nothing else. */
  caKey: 'ca.key',
  /** Signatures that lead to one of these certificates are ours. */
  ca: 'ca.pem',
  signingKey: 'signing.key',
  /** The certificate of the signing key, then those between it and `ca`. */
  signing: 'signing.pem',
  /** Certificates of others whose signatures count as theirs; nobody has to have it. */
  trusted: 'trusted.pem',
} as const;
