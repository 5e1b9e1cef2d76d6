import { unauthorisedPauseMs } from '../common/backoff.ts';
import type { Log } from '../common/log.ts';
import type { ServerClient } from './client.ts';
import type { Condition } from './condition.ts';
import { isUnauthorised, ServerError } from './server-error.ts';

const notValid =
  'The Mattermost access token is not valid any more, or the bot’s account was switched off: make a new token, set it and restart';
const noEvents =
  'Mattermost answers, but no events come from it: see that the proxy before it passes WebSockets on, also for /api/v4/websocket';

export type TokenWatchOptions = {
  readonly client: Pick<ServerClient, 'ask'>;
  readonly condition: Condition;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Between two tries while the token is not valid. */
  readonly unauthorisedMs?: number | undefined;
  /** Nothing is of use any more until `onTaken`. */
  readonly onRefused: () => void;
  readonly onTaken: () => void;
};

/** While the token is refused nothing is asked for, but for a look now and then whether somebody has mended it. */
export class TokenWatch {
  readonly #options: TokenWatchOptions;
  #returning: NodeJS.Timeout | undefined;

  constructor(options: TokenWatchOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => clearTimeout(this.#returning), { once: true });
  }

  /** Why no events come: the token, the server, or what is between. */
  async whyNot(): Promise<unknown> {
    try {
      await this.#options.client.ask({ method: 'GET', path: '/users/me' });
      return new ServerError(noEvents);
    } catch (error) {
      return isUnauthorised(error) ? new ServerError(notValid, { status: 401 }) : error;
    }
  }

  /** The server keeps the connections of a token that it does not know any more. */
  async doubted(): Promise<void> {
    if (isUnauthorised(await this.whyNot())) this.refused();
  }

  /** The server has said that it does not take the token. */
  refused(): void {
    const { condition, log, signal, unauthorisedMs, onRefused } = this.#options;
    if (signal.aborted) return;
    if (!condition.has('token')) log.error({ failures: condition.failures }, notValid);
    condition.set('token', notValid);
    onRefused();
    clearTimeout(this.#returning);
    this.#returning = setTimeout(() => void this.#return(), unauthorisedMs ?? unauthorisedPauseMs);
  }

  async #return(): Promise<void> {
    const isStillSo = isUnauthorised(await this.whyNot());
    if (this.#options.signal.aborted) return;
    if (isStillSo) this.refused();
    else this.#options.onTaken();
  }
}
