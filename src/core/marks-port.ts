/** Marks of origin: which layers a picture gets, and what is found in a file. The implementations are in src/finish/ and src/c2pa/. */
import type { Pixels } from '#core/ports.ts';

/** The layers a room may choose; the caption and the XMP packet are in every picture. */
export const optionalLayers = ['manifest', 'watermark', 'prompt'] as const;
export type OptionalLayer = (typeof optionalLayers)[number];

/** What is on. `prompt`: the file tells the words it was drawn from; everything else in it names no person. */
export type MarkPolicy = Readonly<Record<OptionalLayer, boolean>>;

/** The caption and the XMP packet alone. */
export const noOptionalLayers: MarkPolicy = { manifest: false, watermark: false, prompt: false };

/** How one picture is marked. Equal pixels and equal wishes give equal files. */
export type MarkWishes = MarkPolicy & {
  /** What the file says where `prompt` is wished, see `parametersOf`. */
  readonly parameters?: string;
  /** Name of the model that drew it, for the manifest. */
  readonly model?: string;
};

/** An invisible mark in the pixels, by a key that only the organisation has. */
export interface Watermark {
  /** The same picture with `payload`, a whole number of 48 bits, in it; deterministic. Pictures that are too small come back as they are. */
  embed(picture: Pixels, payload: bigint): Promise<Pixels>;
  /** What is found in any picture, also one that was encoded anew, made smaller or cut; `undefined` where nothing is. */
  find(picture: Pixels): Promise<FoundWatermark | undefined>;
}

export type FoundWatermark = {
  /** Absent where the mark is there for sure and its number can't be read for sure. */
  readonly payload?: bigint;
  /** How probable it is that an unmarked picture looks like this one, as log10. */
  readonly falseAlarmLog10: number;
};

/** Signs files; absent where the organisation has no key. */
export interface ManifestSigner {
  /** The same PNG, JPEG or WebP with a signed C2PA manifest in it; nothing may be changed in the file afterwards. Deterministic. */
  sign(file: Uint8Array, about: ManifestFacts): Promise<Uint8Array>;
}

export type ManifestFacts = {
  readonly mimeType: 'image/png' | 'image/jpeg' | 'image/webp';
  /** Name and version of the program, and the model that drew it. */
  readonly generator: string;
};

/** What one layer says, in the order in which `verify` tells them. */
export type MarkReport = {
  /** The kind of file, such as `PNG`; `undefined`: no picture. */
  readonly kind: 'PNG' | 'JPEG' | 'WebP' | 'other' | undefined;
  readonly xmp:
    | { readonly state: 'absent' }
    /** Nobody looks for it in files of this kind. */
    | { readonly state: 'not_checked' }
    | { readonly state: 'found'; readonly digitalSourceType: string; readonly isAiGenerated: boolean };
  readonly manifest: ManifestReport;
  readonly watermark:
    /** `key_refused`: there is a key that can't be used. */
    | { readonly state: 'absent' | 'no_key' | 'key_refused' | 'unreadable' }
    | { readonly state: 'ours'; readonly payload?: string; readonly falseAlarmLog10: number };
  /** Settings as generators write them, such as AUTOMATIC1111's; not looked for in other kinds of files. */
  readonly hasParameters: boolean;
};

export type ManifestReport =
  | { readonly state: 'absent' }
  /** There seems to be one, and nothing is known of it. `reader_missing`: the part that reads manifests is not installed. */
  | { readonly state: 'not_checked'; readonly reason: 'reader_missing' | 'too_large' | 'too_slow' | 'failed' }
  /**
   * `intact`: the file is as it was signed. `ours`: signed by a key under this organisation's own certificate; `unclear`: those certificates
   * can't be read, so that nobody knows.
   */
  | {
      readonly state: 'intact';
      readonly by: 'ours' | 'other' | 'unknown' | 'unclear';
      readonly signer?: string;
      readonly generator?: string;
      readonly isAiGenerated?: boolean;
      readonly isExpired?: boolean;
    }
  /** The file was changed after it was signed, or the signature is not right. */
  | { readonly state: 'changed'; readonly signer?: string; readonly reason: string };

/** Reads every layer of any file. */
export interface MarkReader {
  /** @param limits of pictures with more pixels, the watermark is not looked for */
  read(file: Uint8Array, limits: { readonly maxPixels: number }): Promise<MarkReport>;
}

/** What the program can do about marks, whatever rooms choose. */
export type Marking = {
  /** What is on where a room has chosen nothing. */
  readonly marks: MarkPolicy;
  readonly markReader: MarkReader;
  readonly signing: () => Signing;
  /** Whether there is a key for watermarks. */
  readonly hasWatermark: boolean;
};

/** Whether pictures get manifests: there may be no key, its file refused, or its certificate expired. */
export type Signing = 'ready' | 'no_key' | 'refused' | 'expired';
