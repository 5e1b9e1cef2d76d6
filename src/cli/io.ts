/** Where a command reads and writes; streams of the process, or of a test. */
export type Io = {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Folder of this repository. */
  readonly root: URL;
};

/** What was typed can't be meant; `message` is one sentence that says what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
