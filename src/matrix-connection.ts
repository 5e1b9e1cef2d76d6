import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '#src/app/log-port.ts';
import { readStoreKey, STORE_FILE } from '#src/chat/matrix/crypto/key-file.ts';
import { isPanic } from '#src/chat/matrix/crypto/matrix-crypto.ts';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';
import { openCryptoStore, type CryptoStore } from '#src/chat/matrix/crypto/store.ts';
import { MatrixPlatform, needsOperator } from '#src/chat/matrix/matrix-platform.ts';
import type { Health } from '#src/chat/common/health.ts';
import type { SyncActivity } from '#src/http/gauges.ts';
import type { Config } from '#src/config.ts';
import type { ImageStore } from '#core/ports.ts';
import type { Store } from '#core/store-port.ts';

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;
/** What an operator mends is mostly noticed by a new start, but a proxy that refused everybody's token mends itself. */
const OPERATOR_RETRY_MS = 300_000;

type Parts = {
  readonly store: Store;
  /** Throws `disk_full` where the disk of the store has no room. */
  readonly assertRoom: () => void;
  readonly images: ImageStore;
  readonly log: Log;
  /** A line for whoever watches the start. */
  readonly say: (line: string) => void;
  readonly now: () => number;
  /** Between tries where an operator has to mend something; a few minutes where absent. */
  readonly operatorRetryMs?: number;
};

/** The Matrix platform as configured, and the way to its homeserver. */
export class MatrixConnection {
  readonly platform: MatrixPlatform;
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  /** Once they are open. */
  #keys: CryptoStore | undefined;
  /** A panic within a call that is under way ends the microtask, not the call: nobody who awaits it would ever hear of it. */
  readonly #onUncaught = (error: unknown): void => {
    if (isPanic(error)) this.#end(error);
  };
  /** Why it is not connected yet. */
  #waitsFor = 'the homeserver has not answered yet';
  /** Tries to connect that failed. */
  #failures = 0;
  /** By the machine's own clock, which nobody sets back. */
  readonly #startedAt = performance.now();

  constructor(config: Config, matrix: NonNullable<Config['matrix']>, parts: Parts) {
    const { store, images, log, now } = parts;
    const { homeserverUrl, accessToken, allowedInviters, seedsReactions } = matrix;
    this.#parts = parts;
    process.on('uncaughtExceptionMonitor', this.#onUncaught);
    this.platform = new MatrixPlatform({
      homeserverUrl,
      accessToken,
      allowedInviters: {
        users: allowedInviters.filter((entry) => entry.startsWith('@')),
        rooms: allowedInviters.filter((entry) => entry.startsWith('!')),
        servers: allowedInviters.filter((entry) => !/^[@!]/.test(entry)),
      },
      memory: store.memory('matrix'),
      images,
      log,
      now,
      seedsReactions,
      encryption: {
        sharing: matrix.shareWith,
        password: matrix.password,
        openStore: async () => {
          const keys = await openKeys(join(config.dataFolder, 'matrix'), matrix.storeKeyFile, (error) => this.#end(error));
          this.#keys = keys;
          return keys;
        },
        assertRoom: parts.assertRoom,
        onBroken: (error) => this.#end(error),
      },
    });
  }

  /**
   * Joins the homeserver, and tries again for as long as it can't be reached: it may start after the bot. Where an operator has to mend
   * something first, such as a token that is refused, it rejects if there is nothing but Matrix, and looks again now and then otherwise.
   */
  async connect({ isAlone }: { readonly isAlone: boolean }): Promise<void> {
    const { store, say, operatorRetryMs = OPERATOR_RETRY_MS } = this.#parts;
    const { signal } = this.#stopping;
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2)) {
      try {
        await this.platform.start(store.inbox('matrix'));
        say('Matrix: connected.');
        return;
      } catch (error) {
        if (signal.aborted) return;
        const isLasting = needsOperator(error);
        if (isLasting && isAlone) throw error;
        const retryInMs = isLasting ? operatorRetryMs : waitMs;
        this.#tellFailure(error, isLasting, retryInMs);
        await delay(retryInMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  #tellFailure(error: unknown, isLasting: boolean, retryInMs: number): void {
    const { log, say } = this.#parts;
    const reason = (error instanceof Error ? error.message : 'unknown').replace(/\.$/, '');
    const isNew = reason !== this.#waitsFor;
    this.#waitsFor = reason;
    this.#failures += 1;
    // What lasts for days is an error once, not one in five minutes.
    if (!isLasting) log.warn({ reason, retryInMs }, 'The homeserver could not be joined');
    else log[isNew ? 'error' : 'debug']({ reason, retryInMs }, 'Matrix is off until somebody mends it; the local room works without it');
    if (!isLasting || isNew)
      say(`Matrix: ${reason}. Trying again in ${retryInMs / 1000} s.${isLasting ? ' The local room works without it.' : ''}`);
  }

  /** How the tries to connect and the questions for news went. One that never connected has been silent since its start. */
  activity(): SyncActivity {
    const { failures, sinceStepMs = performance.now() - this.#startedAt } = this.platform.activity();
    return { failures: this.#failures + failures, sinceStepMs };
  }

  /** Whether events flow. A homeserver that has said nothing for `mostSilentMs` is not there, whatever it said before. */
  health(mostSilentMs: number): Health {
    const { sinceStepMs } = this.platform.activity();
    if (sinceStepMs === undefined) return { ok: false, reason: this.#waitsFor };
    const health = this.platform.health();
    if (health.ok && sinceStepMs > mostSilentMs)
      return { ok: false, reason: `the homeserver has not answered for ${Math.round(sinceStepMs / 1000)} s` };
    return health;
  }

  /**
   * Ends the process at once: what the encryption holds in memory is ahead of its disk, or in pieces. Going on would
   * use keys twice; the next start takes up what is on the disk.
   */
  #end(error: unknown): never {
    const sentence =
      error instanceof CryptoStoreError
        ? error.message
        : 'The encryption of Matrix rooms broke off in the middle of its work, so the bot ends here; start it again.';
    this.#parts.log.error({}, sentence);
    this.#parts.say(`Matrix: ${sentence}`);
    return process.exit(1);
  }

  /** The store of keys for a backup; none before it is open. */
  get snapshotSources(): readonly { readonly file: string; readonly snapshot: (path: string) => Promise<void> }[] {
    const keys = this.#keys;
    return keys === undefined ? [] : [{ file: 'matrix/crypto.sqlite', snapshot: async (path) => keys.snapshot(path) }];
  }

  async close(): Promise<void> {
    process.off('uncaughtExceptionMonitor', this.#onUncaught);
    this.#stopping.abort();
    await this.platform.close();
  }
}

const openKeys = async (
  folder: string,
  keyFile: string | undefined,
  onWriteError: (error: CryptoStoreError) => void,
): Promise<CryptoStore> => openCryptoStore({ file: join(folder, STORE_FILE), key: readStoreKey({ keyFile, folder }), onWriteError });
