import { HomeserverError } from '../homeserver-error.ts';
import type { Log } from '../../common/log.ts';

/** The keys do not change by trying again; somebody may have removed them from the server. */
const tryAgainMs = 3600_000;

/**
 * Keys that the homeserver refuses, because it has had others under the same ids: those of a store from a backup, which the device
 * has gone beyond since. Nothing mends that but a new device, so it is said once, and nobody is kept busy with it.
 */
export class OldKeys {
  readonly #log: Log;
  readonly #now: () => number;
  #refusedAt: number | undefined;
  #isTold = false;

  /** `now` in milliseconds, of a clock that nobody sets back. */
  constructor(log: Log, now = (): number => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** They were refused a short while ago. */
  areHeld(): boolean {
    return this.#refusedAt !== undefined && this.#now() - this.#refusedAt < tryAgainMs;
  }

  /** Whether an upload failed for this; then they are held for a while. */
  explain(error: unknown): boolean {
    if (!isConflict(error)) return false;
    this.#refusedAt = this.#now();
    if (!this.#isTold) this.#log.error({}, advice);
    this.#isTold = true;
    return true;
  }

  taken(): void {
    this.#refusedAt = undefined;
    this.#isTold = false;
  }
}

const advice =
  'The homeserver has newer keys of the bot’s Matrix device than its data folder, as after the restore of a backup: some messages stay unreadable until the bot gets a new device (docs/operations.md, «Keys of encrypted rooms»)';

/** The specification names no code for it; Synapse and its successors say it in these words. */
const isConflict = (error: unknown): boolean =>
  error instanceof HomeserverError && error.status === 400 && /already exists/i.test(error.message);
