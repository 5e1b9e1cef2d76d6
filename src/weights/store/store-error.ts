/** What kind of thing stands in the way; scripts and tests ask for it, people read the message. */
export type StoreErrorCode =
  | 'unreachable'
  | 'not_found'
  | 'not_allowed'
  | 'hub_answer'
  | 'hub_lies'
  | 'wrong_hash'
  | 'unsafe_path'
  | 'pickle'
  | 'files_missing'
  | 'disk_full'
  | 'not_writable'
  | 'busy'
  | 'installed'
  | 'not_installed'
  | 'in_use'
  | 'licence'
  | 'unusable'
  | 'stopped'
  | 'python';

/** The model store can't do what was asked; `message` is one sentence or two that say what is wrong and what to do. */
export class ModelStoreError extends Error {
  override readonly name = 'ModelStoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
