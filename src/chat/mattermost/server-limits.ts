import { textAt } from '../common/raw.ts';
import type { ServerClient } from './client.ts';
import { isRefusal } from './server-error.ts';

const knownForMs = 10 * 60_000;
/** Of every server since 2017. Source: sqlstore/post_store.go `determineMaxPostSize`. */
const usualPostRunes = 16_383;

export type Limits = {
  /** Longest message, in characters. */
  readonly postRunes: number;
  /** Largest file; `undefined` where the server names none. */
  readonly fileBytes: number | undefined;
  /** False where the server takes no files at all. */
  readonly takesFiles: boolean;
};

/** What the server takes, asked every ten minutes. Source: config/client.go `GenerateClientConfig`; all values are texts. */
export class ServerLimits {
  readonly #client: Pick<ServerClient, 'ask'>;
  #known: { readonly limits: Promise<Limits>; readonly untilMs: number } | undefined;
  /** Learned from the proxy before the server, which names no limit; by the machine's own clock. */
  #learned: { readonly fileBytes: number; readonly untilMs: number } | undefined;

  constructor(client: Pick<ServerClient, 'ask'>) {
    this.#client = client;
  }

  /** Rejects with a `ServerError` where the server can't be asked. */
  async get(): Promise<Limits> {
    const nowMs = performance.now();
    if (this.#known === undefined || this.#known.untilMs < nowMs) {
      const limits = this.#ask();
      this.#known = { limits, untilMs: nowMs + knownForMs };
      // A failure is nothing to be remembered.
      limits.catch(() => (this.#known = undefined));
    }
    const limits = await this.#known.limits;
    const learned = this.#learned !== undefined && this.#learned.untilMs > nowMs ? this.#learned.fileBytes : undefined;
    return learned === undefined ? limits : { ...limits, fileBytes: Math.min(learned, limits.fileBytes ?? learned) };
  }

  /** A file of more than this was refused. */
  learn(fileBytes: number): void {
    const nowMs = performance.now();
    const known = this.#learned !== undefined && this.#learned.untilMs > nowMs ? this.#learned.fileBytes : Infinity;
    this.#learned = { fileBytes: Math.min(known, fileBytes), untilMs: nowMs + knownForMs };
  }

  async #ask(): Promise<Limits> {
    const config = await this.#client.ask({ method: 'GET', path: '/config/client', query: { format: 'old' } }).catch((error: unknown) => {
      if (isRefusal(error)) return {};
      throw error;
    });
    return {
      postRunes: positive(textAt(config, 'MaxPostSize')) ?? usualPostRunes,
      fileBytes: positive(textAt(config, 'MaxFileSize')),
      takesFiles: textAt(config, 'EnableFileAttachments') !== 'false',
    };
  }
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text ?? '');
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
