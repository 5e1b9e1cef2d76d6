/** What only the whole program knows of itself, for whoever asks what becomes of their data. */
import type { PlatformName } from '#core/types.ts';

export type PrivacyFacts = {
  /** Every host that the running program connects to, as it is configured: `https://matrix.example.org`. */
  readonly servers: readonly { readonly platform: PlatformName; readonly address: string }[];
  /** Short hash of a model's files, once it is known. */
  readonly modelHash: (name: string) => string | undefined;
};
