import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import type { Courier } from '#src/app/courier.ts';
import type { JobRunner } from '#src/app/job-runner.ts';
import type { Log } from '#src/app/log-port.ts';
import { eraseFiles } from '#src/app/personal-data/erase-files.ts';
import { removePosts } from '#src/app/personal-data/remove-posts.ts';
import { queueErasureAnswer } from '#src/app/personal-data/erasure-answer.ts';
import { prefixFor, type Prefix } from '#core/command.ts';
import { isDiskFull } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';
import type { ErasedPeople, Erasure, ErasureCounts, ErasureStage, Person, RemovalTally } from '#core/personal-data-port.ts';
import type { ChatPlatform, ImageStore } from '#core/ports.ts';
import { isOpen } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { PlatformName } from '#core/types.ts';

/** So long the answer waits for posts that a server lets go one by one; the rest of them follows after it. */
const REMOVE_WITHIN_MS = 30_000;
const REMOVE_AT_ONCE_MS = 10_000;
const LOOK_EVERY_MS = 100;
const AFTER_BREAKAGE_MS = [1000, 5000, 30_000, 60_000] as const;
/** So often the database is tried to be written anew, such as on a full disk. */
const MOST_CLEANINGS = 3;

export type ErasureOptions = {
  readonly store: Store;
  readonly images: ImageStore;
  readonly platforms: ReadonlyMap<PlatformName, Pick<ChatPlatform, 'remove'>>;
  readonly couriers: ReadonlyMap<PlatformName, Courier>;
  readonly runner: Pick<JobRunner, 'cancel'>;
  /** Absent where nothing is ever restored, such as in a test. */
  readonly erasedPeople?: ErasedPeople | undefined;
  readonly prefixes: readonly Prefix[];
  readonly log: Log;
  readonly now: () => number;
};

/**
 * Forgets people, stage by stage. How far each has come is in the store: what a crash broke off goes on with the next start, and every
 * stage may be done twice.
 */
export class Erasures {
  readonly #options: ErasureOptions;
  readonly #closing = new AbortController();
  readonly #underWay = new Map<number, Promise<void>>();
  /** Who waits to hear what was done. */
  readonly #told = new Map<number, ((done: { readonly counts: ErasureCounts; readonly tally: RemovalTally }) => void)[]>();

  constructor(options: ErasureOptions) {
    this.#options = options;
  }

  /** There may be somebody to forget. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    for (const { id } of this.#options.store.personal.erasures()) {
      if (this.#underWay.has(id)) continue;
      const work = this.#forget(id).finally(() => this.#underWay.delete(id));
      this.#underWay.set(id, work);
    }
  }

  /**
   * Whoever is being forgotten is a new person as soon as the rows of the old one are gone.
   * @returns when it began, where it had to be waited for
   */
  async waitFor(person: Person): Promise<number | undefined> {
    const { personal } = this.#options.store;
    const begunAtMs = personal.erasures().find(({ platform, user }) => platform === person.platform && user === person.user)?.begunAtMs;
    while (personal.isBeingErased(person)) await delay(LOOK_EVERY_MS, undefined, { signal: this.#closing.signal });
    return begunAtMs;
  }

  /**
   * Forgets somebody to whom nothing is said.
   * @returns what was done, as soon as all of it is but what waits for a server
   */
  async forget(person: Person): Promise<{ readonly counts: ErasureCounts; readonly tally: RemovalTally }> {
    const { personal } = this.#options.store;
    const id = personal.begin({ ...person, isDirect: false, language: 'en', nowMs: this.#options.now() });
    const known = personal.erasures().find((erasure) => erasure.id === id);
    // Asked for once more at its end: nobody tells of it any more.
    if (known?.stage === 'answering') {
      this.wake();
      return { counts: known.counts, tally: personal.tally(id) };
    }
    return new Promise((resolve) => {
      this.#told.set(id, [...(this.#told.get(id) ?? []), resolve]);
      this.wake();
    });
  }

  /** Resolves when nothing is under way any more. */
  async finished(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  /** Resolves when nothing is left to be done but what waits for a server. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#underWay.values());
  }

  async #forget(id: number): Promise<void> {
    const { store, log, now } = this.#options;
    const startedAtMs = now();
    for (let failures = 0; !this.#closing.signal.aborted;) {
      const erasure = store.personal.erasures().find((each) => each.id === id);
      if (erasure === undefined) {
        log.info({ ms: now() - startedAtMs }, 'What was to be erased is gone, a person’s data or what had grown old');
        return;
      }
      if (this.#waitsForPlatform(erasure)) return;
      try {
        await this.#do(erasure, failures);
        failures = 0;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        if (!isDiskFull(error))
          log.error({ err: error, stage: erasure.stage, failures }, 'A stage of forgetting a person failed and is tried again');
        const pauseMs = AFTER_BREAKAGE_MS[Math.min(failures, AFTER_BREAKAGE_MS.length - 1)];
        failures += 1;
        await delay(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  /** On the command line only the local room is there: messages on servers are taken back when the bot is. */
  #waitsForPlatform({ id, platform, stage, roomId, counts }: Erasure): boolean {
    const { store, platforms } = this.#options;
    if (stage !== 'answering') return false;
    for (const tell of this.#told.get(id) ?? []) tell({ counts, tally: store.personal.tally(id) });
    this.#told.delete(id);
    return roomId === undefined && !platforms.has(platform) && store.personal.posts(id, 1).length > 0;
  }

  async #do(erasure: Erasure, failures: number): Promise<void> {
    const { personal } = this.#options.store;
    const { id } = erasure;
    const next = (stage: ErasureStage, counts: Parameters<typeof personal.proceed>[2] = {}): void => {
      personal.proceed(id, stage, counts);
      reach('erasure.stage');
    };
    const signal = this.#closing.signal;
    switch (erasure.stage) {
      case 'stopping':
        return next('erasing', { stopped: await this.#stop(erasure) });
      case 'erasing':
        if (erasure.user !== undefined)
          await this.#options.erasedPeople?.note({ platform: erasure.platform, user: erasure.user }, erasure.begunAtMs);
        while (personal.eraseSome(id)) {
          reach('erasure.slice');
          await setImmediate();
          if (signal.aborted) return;
        }
        return next('removing');
      case 'removing':
        // What a server does not take at once waits until the files are gone and the database is clean.
        await removePosts(this.#options, erasure, { signal, withinMs: REMOVE_AT_ONCE_MS, pauses: false });
        return signal.aborted ? undefined : next('files');
      case 'files': {
        const files = await eraseFiles(this.#options, id, signal);
        return signal.aborted ? undefined : next('cleaning', { files });
      }
      case 'cleaning':
        return next('answering', { unclean: await this.#clean(failures) });
      case 'answering':
        return this.#answer(erasure);
    }
  }

  /** What runs and waits ends without a word, and what is on its way out arrives, so that it can be taken back. */
  async #stop({ id, platform, user }: Erasure): Promise<number> {
    const { store, runner, couriers } = this.#options;
    const own = store.jobs.open().filter((job) => job.origin.platform === platform && job.requestedBy === user);
    for (const job of own) store.jobs.requestCancel(job.id);
    for (const job of own) runner.cancel(job.id);
    while (own.some((job) => isOpen(store.jobs.get(job.id)))) {
      await delay(LOOK_EVERY_MS, undefined, { signal: this.#closing.signal });
      // A picture that was between two steps ends with its turn; a job that nobody works on ends when it is asked to.
      for (const job of own) if (isOpen(store.jobs.get(job.id))) runner.cancel(job.id);
    }
    await couriers.get(platform)?.settled(store.personal.withhold(id));
    return own.length;
  }

  /** @returns 1 where it can't be done */
  async #clean(failures: number): Promise<0 | 1> {
    const { store, log } = this.#options;
    try {
      await store.personal.clean();
      return 0;
    } catch (error) {
      if (failures + 1 < MOST_CLEANINGS) throw error;
      log.error({ err: error }, 'The database could not be written anew: parts of what was erased may be left in its free places');
      return 1;
    }
  }

  async #answer(erasure: Erasure): Promise<void> {
    const { store, prefixes, now } = this.#options;
    const { id, roomId, language } = erasure;
    const signal = this.#closing.signal;
    if (roomId !== undefined && erasure.answerRow === undefined) {
      await removePosts(this.#options, erasure, { signal, withinMs: REMOVE_WITHIN_MS, pauses: true });
      if (signal.aborted) return;
      queueErasureAnswer(store, erasure, { voice: { language, prefix: prefixFor(prefixes, language) }, nowMs: now() });
      return;
    }
    await removePosts(this.#options, erasure, { signal, withinMs: Infinity, pauses: true });
    const isOnItsWay = ({ answerRow: row }: Erasure): boolean => row !== undefined && store.outbox.outcome(row)?.state === 'pending';
    while (isOnItsWay(erasure)) await delay(LOOK_EVERY_MS, undefined, { signal });
    if (!signal.aborted) store.personal.finish(id);
  }
}
