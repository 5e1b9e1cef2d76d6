import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 1000;
/** A process that waits for ever still wakes up now and then; one that has to share its core with a dozen others gets more than this. */
const BUSY_SHARE = 0.001;
/** Linux counts in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

export type StandstillLimits = {
  /** Without a word and without work. */
  readonly standstillLimitMs: number;
  /** Without a word, however much it computes. */
  readonly silenceLimitMs: number;
};

/**
 * Tells a process that hangs from one that computes. A graph that runs can't say that it lives, and how long a step may take nobody
 * knows; but whoever computes uses the processor, and whoever waits for a graphics card is answered within seconds. Looks are counted
 * and not the time: while the whole machine sleeps, nobody looks. Where the system has no `/proc`, only silence counts.
 */
export class StandstillWatch {
  readonly #pid: number;
  readonly #limits: StandstillLimits;
  readonly #timer: NodeJS.Timeout;
  /** What it had computed at each look since it was heard last, as far back as matters. */
  #computedMs: (number | undefined)[] = [];
  #wasHeard = false;
  #silentLooks = 0;

  /** @param onHung called once, with a reason for the log */
  constructor(pid: number, limits: StandstillLimits, onHung: (reason: string) => void) {
    this.#pid = pid;
    this.#limits = limits;
    this.#timer = setInterval(() => {
      const reason = this.#look();
      if (reason === undefined) return;
      this.stop();
      onHung(reason);
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** The process has said something. */
  heard(): void {
    this.#wasHeard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): string | undefined {
    if (this.#wasHeard) {
      this.#wasHeard = false;
      this.#computedMs = [];
      this.#silentLooks = 0;
    }
    const { standstillLimitMs, silenceLimitMs } = this.#limits;
    const looks = Math.ceil(standstillLimitMs / LOOK_EVERY_MS);
    this.#computedMs = [...this.#computedMs, cpuTimeMs(this.#pid)].slice(-1 - looks);
    const [first, last] = [this.#computedMs[0], this.#computedMs.at(-1)];
    const isObserved = this.#computedMs.length > looks && first !== undefined && last !== undefined;
    if (isObserved && last - first <= standstillLimitMs * BUSY_SHARE) return `it stood still for ${Math.round(standstillLimitMs / 1000)} s`;
    this.#silentLooks += 1;
    if (this.#silentLooks * LOOK_EVERY_MS >= silenceLimitMs) return `it gave no sign for ${Math.round(silenceLimitMs / 1000)} s`;
    return undefined;
  }
}

/** What all threads of a process have computed so far; `undefined` where that can't be seen. */
export function cpuTimeMs(pid: number): number | undefined {
  try {
    // The name may hold spaces and brackets; user and system time are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * TICK_MS : undefined;
  } catch {
    return undefined;
  }
}
