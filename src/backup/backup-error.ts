/** A backup that can't be made or brought back; `message` is one sentence that says why and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
