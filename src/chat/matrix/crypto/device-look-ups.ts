import { reason, type Log } from '../../common/log.ts';

export type DeviceLookUpsOptions = {
  /** From then on the server tells of changes of this person's devices. */
  readonly track: (userId: string) => Promise<void>;
  /** Resolves when the devices of all who are tracked by now were asked for; questions at the same time are one. */
  readonly devicesKnown: () => Promise<void>;
  readonly log: Log;
  readonly onBroken: (error: unknown) => void;
  /** Of a clock that nobody sets. */
  readonly nowMs?: () => number;
};

/** So long an answer counts, also that there was none: who writes a lot must not make the bot ask a lot. */
const countsMs = 10_000;

/**
 * Devices of people whose message came from one that the bot does not know yet. They are asked for in the background, because
 * the answer may have to come from a server that is slow, dead or somebody's trap.
 */
export class DeviceLookUps {
  readonly #options: DeviceLookUpsOptions;
  readonly #asked = new Map<string, { readonly atMs: number; readonly isAnswered: Promise<boolean> }>();
  readonly #underWay = new Set<Promise<boolean>>();
  #hasNews = false;
  /** A question failed, which goes on being asked. */
  #isOwed = false;

  constructor(options: DeviceLookUpsOptions) {
    this.#options = options;
  }

  /** Resolves with whether the server has answered, now or a moment ago; never rejects. */
  async ask(userId: string): Promise<boolean> {
    const { nowMs = () => performance.now() } = this.#options;
    const atMs = nowMs();
    for (const [user, asked] of this.#asked)
      if (atMs - asked.atMs >= countsMs && !this.#underWay.has(asked.isAnswered)) this.#asked.delete(user);
    const known = this.#asked.get(userId);
    if (known !== undefined) return known.isAnswered;
    const asking = this.#ask(userId);
    this.#asked.set(userId, { atMs, isAnswered: asking });
    this.#underWay.add(asking);
    const isAnswered = await asking;
    this.#underWay.delete(asking);
    if (isAnswered) this.#hasNews = true;
    return isAnswered;
  }

  /** The server has answered a question about devices, whoever asked. */
  answered(): void {
    if (this.#isOwed) this.#hasNews = true;
    this.#isOwed = false;
  }

  get isUnderWay(): boolean {
    return this.#underWay.size > 0 || this.#isOwed;
  }

  /** Resolves when each question that is under way now was answered or has failed for the first time. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Lists came that nobody has made use of. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** As `hasNews`; whoever asks makes use of it. */
  takeNews(): boolean {
    const hadNews = this.#hasNews;
    this.#hasNews = false;
    return hadNews;
  }

  async #ask(userId: string): Promise<boolean> {
    const { track, devicesKnown, log, onBroken } = this.#options;
    try {
      await track(userId);
      await devicesKnown();
      return true;
    } catch (error) {
      this.#isOwed = true;
      onBroken(error);
      log.warn({ reason: reason(error) }, 'The devices of somebody in an encrypted room could not be asked for');
      return false;
    }
  }
}
