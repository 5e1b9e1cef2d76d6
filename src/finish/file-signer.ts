import type { ManifestFacts, ManifestSigner } from '#core/marks-port.ts';

export type FileSignerOptions = {
  readonly signer: ManifestSigner;
  /** Name and version of the program. */
  readonly program: string;
  /** A file had to stay without a manifest; told once. */
  readonly onUnsigned: (error: unknown) => void;
};

/** The last layer of a file. What can't be signed, such as with a certificate that has expired, is left as it is. */
export class FileSigner {
  readonly #options: FileSignerOptions;
  #isTold = false;

  constructor(options: FileSignerOptions) {
    this.#options = options;
  }

  /** `undefined` where it can't be signed. */
  async sign(file: Uint8Array, mimeType: ManifestFacts['mimeType'], model?: string): Promise<Uint8Array | undefined> {
    const { signer, program, onUnsigned } = this.#options;
    try {
      return await signer.sign(file, { mimeType, generator: model === undefined ? program : `${program} (${model})` });
    } catch (error) {
      if (!this.#isTold) onUnsigned(error);
      this.#isTold = true;
      return undefined;
    }
  }
}
