import type { Content } from '#core/ports.ts';

import { refusalOfAll } from './homeserver-error.ts';
import type { Log } from '../common/log.ts';
import type { Health } from '../common/health.ts';

const isMedia = ({ kind }: Content): boolean => kind === 'image' || kind === 'file';

/**
 * Whether the homeserver takes the bot's messages at all. What it says about the account, or about a route, it says of each of them, for
 * hours perhaps: the log has that once for a whole spell, at its beginning and at its end.
 */
export class Acceptance {
  readonly #log: Log;
  /** Space for files may be used up while words are taken. */
  readonly #refusals = new Map<'files' | 'words', string>();

  constructor(log: Log) {
    this.#log = log;
  }

  taken(content: Content): void {
    // A message with a file needs all that one without needs.
    const ended = isMedia(content) ? (['files', 'words'] as const) : (['words'] as const);
    const known = this.#refusals.size;
    for (const what of ended) this.#refusals.delete(what);
    if (this.#refusals.size < known) this.#log.info({}, 'The Matrix homeserver takes the bot’s messages again');
  }

  /** @param error what became of a message; others than refusals of all messages are not looked at */
  failed(content: Content, error: unknown): void {
    const words = refusalOfAll(error);
    if (words === undefined) return;
    const what = isMedia(content) ? 'files' : 'words';
    if (!this.#refusals.has(what)) this.#log.error({ reason: words }, 'The Matrix homeserver takes no messages of the bot; they wait');
    this.#refusals.set(what, words);
  }

  health(): Health {
    const [words] = this.#refusals.values();
    return words === undefined ? { ok: true } : { ok: false, reason: `the homeserver takes no messages of the bot: ${words}` };
  }
}
