/** The store of keys can't be used as it is; `message` is one sentence that says why and what to do. */
export class CryptoStoreError extends Error {
  override readonly name = 'CryptoStoreError';
  readonly reason: CryptoStoreProblem;

  constructor(reason: CryptoStoreProblem, explanation: string, options: { readonly cause?: unknown } = {}) {
    super(explanation, options);
    this.reason = reason;
  }
}

export type CryptoStoreProblem =
  'other-device' | 'in-use' | 'wrong-key' | 'damaged' | 'newer' | 'inaccessible' | 'write-failed' | 'closed' | 'bad-key-file';
