/** What goes between the program and the process that reads manifests. */
import type { ManifestReport } from '#core/marks-port.ts';

export type ReadRequest = {
  readonly id: number;
  readonly file: Uint8Array;
  readonly mimeType: string;
  /** Certificates in PEM, one behind the other; '' where there are none. */
  readonly anchors: string;
  readonly trusted: string;
};

/** A file of a few kilobytes can make the reader say gigabytes: what is sent is short, whatever it says. */
export type ReadReply = { readonly id: number } & (
  | { readonly kind: 'read'; readonly report: ManifestReport }
  /** The reader could make nothing of it; `code`: in one word, why. */
  | { readonly kind: 'unreadable'; readonly code: string }
  /** The reader is not installed, or not for this machine. */
  | { readonly kind: 'missing' }
);

export type ValidationStatus = { readonly code: string };
export type ValidationCodes = { readonly success?: readonly ValidationStatus[]; readonly failure?: readonly ValidationStatus[] };

/** What is used of the JSON that c2pa-rs makes of a manifest store. Everything but the codes is the signer's word. */
export type ManifestStore = {
  readonly active_manifest?: string;
  readonly manifests?: Readonly<Record<string, Manifest>>;
  readonly validation_state?: 'Invalid' | 'Valid' | 'Trusted';
  readonly validation_results?: {
    readonly activeManifest?: ValidationCodes;
    readonly ingredientDeltas?: readonly { readonly validationDeltas?: ValidationCodes }[];
  };
};

export type Manifest = {
  readonly claim_generator?: string;
  readonly claim_generator_info?: readonly { readonly name?: string; readonly version?: string }[];
  readonly signature_info?: { readonly issuer?: string; readonly common_name?: string };
  readonly assertions?: readonly { readonly label?: string; readonly data?: unknown }[];
};
