import type { X509Certificate } from 'node:crypto';
import type { ManifestReport } from '#core/marks-port.ts';
import { mayHoldManifest, pictureType } from '#src/c2pa/kinds.ts';
import { ReaderProcess, type ReaderProcessOptions } from '#src/c2pa/reading/reader-process.ts';
import { storeBytes } from '#src/c2pa/reading/store-size.ts';

export type ManifestReaderOptions = ReaderProcessOptions & {
  /** Whose signatures are ours (`undefined`: can't be read), and whose are those of others that are known. Asked before each file. */
  readonly anchors: () => readonly X509Certificate[] | undefined;
  readonly trusted: () => readonly X509Certificate[];
  /** Larger files are not read. */
  readonly mostBytes?: number;
};

const MOST_BYTES = 128 * 1024 * 1024;
/** The reader takes 420 MiB for two megabytes of empty arrays. */
const MOST_STORE_BYTES = 2 * 1024 * 1024;

/** Reads the manifest of any file. Only where there may be one does a process start. */
export class ManifestReader {
  readonly #options: ManifestReaderOptions;
  readonly #process: ReaderProcess;
  #isMissing = false;

  constructor(options: ManifestReaderOptions) {
    this.#options = options;
    this.#process = new ReaderProcess(options);
  }

  /** Of the process that reads, while there is one. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Never rejects. */
  async read(file: Uint8Array): Promise<ManifestReport> {
    const mimeType = pictureType(file);
    if (mimeType === undefined || !mayHoldManifest(file)) return { state: 'absent' };
    if (this.#isMissing) return { state: 'not_checked', reason: 'reader_missing' };
    const { anchors, trusted, mostBytes = MOST_BYTES } = this.#options;
    if (file.length > mostBytes || storeBytes(file, mimeType) > MOST_STORE_BYTES) return { state: 'not_checked', reason: 'too_large' };
    const own = anchors();
    const outcome = await this.#process.read({ file, mimeType, anchors: pem(own ?? []), trusted: pem(trusted()) });
    switch (outcome.kind) {
      case 'missing':
        // It will not be installed while the program runs.
        this.#isMissing = true;
        return { state: 'not_checked', reason: 'reader_missing' };
      case 'failed':
        return { state: 'not_checked', reason: outcome.reason };
      case 'unreadable':
        return { state: 'changed', reason: outcome.code };
      case 'read':
        return own === undefined ? withoutOwn(outcome.report) : outcome.report;
    }
  }

  async close(): Promise<void> {
    await this.#process.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Without our certificates, a signature of ours looks like anybody's. */
const withoutOwn = (report: ManifestReport): ManifestReport =>
  report.state === 'intact' && report.by === 'unknown' ? { ...report, by: 'unclear' } : report;

const pem = (certificates: readonly X509Certificate[]): string => certificates.map(String).join('');
