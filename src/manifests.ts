/** Signed manifests as the program uses them: signing with the organisation's key where it may, and reading those of any file. */
import { ManifestReader } from '#src/c2pa/reading/manifest-reader.ts';
import { C2paSigner } from '#src/c2pa/writing/signer.ts';
import { certificateFacts, type CertificateFacts } from '#src/c2pa/keys/certificate-facts.ts';
import { keyTrouble, readAnchors, readOrganisationKeys, readTrusted, SigningKeyError } from '#src/c2pa/keys/organisation-keys.ts';
import type { ManifestSigner, Signing } from '#core/marks-port.ts';

const DAY_MS = 86_400_000;
/** From then on people are told that a certificate expires. */
export const WARN_DAYS = 30;

export type ManifestSigning = {
  /** By the time that it is asked. */
  readonly state: () => Signing;
  /** Rejects with a SigningKeyError while the certificate is not valid; absent where there is no key, or none that can be used. */
  readonly signer?: ManifestSigner;
  readonly certificate?: CertificateFacts;
  /** Until the certificate expires, by the time that it is asked; negative afterwards. */
  readonly daysLeft?: () => number;
  /** Why a key that is there is refused, in a sentence without its full stop. */
  readonly refusal?: string;
};

/**
 * Reads the organisation's keys once. No trouble with them keeps the bot from starting: pictures get no manifest then, and it is said.
 * @param now epoch milliseconds
 */
export function openManifestSigner({ folder, now }: { readonly folder: string; readonly now: () => number }): ManifestSigning {
  try {
    const keys = readOrganisationKeys(folder);
    if (keys === undefined) return { state: () => 'no_key' };
    const certificate = certificateFacts(keys);
    const isValid = (): boolean => certificate.fromMs <= now() && now() < certificate.untilMs;
    const signer = new C2paSigner(keys);
    return {
      state: () => (isValid() ? 'ready' : 'expired'),
      signer: {
        sign: async (file, about) => {
          if (!isValid()) throw new SigningKeyError('the certificate that manifests are signed with is not valid today');
          return signer.sign(file, about);
        },
      },
      certificate,
      daysLeft: () => (certificate.untilMs - now()) / DAY_MS,
    };
  } catch (error) {
    const refusal = keyTrouble(error);
    if (refusal === undefined) throw error;
    return { state: () => 'refused', refusal };
  }
}

/**
 * Reads manifests by the certificates of the folder as they are at that time; those that can't be read, which «blitzbild keys show» tells,
 * make nobody ours, and that is said. Ends its process in `close`, and by itself after half a minute.
 */
export const createManifestReader = ({ folder }: { readonly folder: string }): ManifestReader =>
  new ManifestReader({ anchors: () => ifReadable(() => readAnchors(folder)), trusted: () => ifReadable(() => readTrusted(folder)) ?? [] });

function ifReadable<Item>(read: () => readonly Item[]): readonly Item[] | undefined {
  try {
    return read();
  } catch (error) {
    if (keyTrouble(error) === undefined) throw error;
    return undefined;
  }
}
