import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** How often the owner shows that it lives. */
const HEARTBEAT_MS = 3000;
/** Another machine's lease that shows no life for this long belongs to nobody. */
const WATCH_MS = 10_000;
const LOOK_EVERY_MS = 250;

type Lease = { readonly owner: string; readonly machine: string; readonly pid: number };

/**
 * Who works on a database, in a file beside it. On one machine SQLite's lock is enough; where the folder is shared with other machines,
 * locks may not reach them, or may be taken from a machine that was asleep. So nothing is committed before this file was read and names
 * us: a process that was overtaken while it slept writes nothing any more.
 */
export class StoreLease {
  readonly #path: string;
  readonly #lease: Lease = { owner: randomUUID(), machine: thisMachine(), pid: process.pid };
  readonly #heartbeat: NodeJS.Timeout;

  /**
   * Takes the lease; call while SQLite's lock is held. Waits up to 10 s where another machine has it and might live.
   * @param onLost called where somebody else has taken it
   * @throws LeaseTakenError where another machine's process lives
   */
  constructor(databasePath: string, onLost: () => void) {
    this.#path = leasePath(databasePath);
    const held = readLease(this.#path);
    // On this machine the lock has told already that nobody lives.
    if (held !== undefined && held.machine !== this.#lease.machine && showsLife(this.#path)) throw new LeaseTakenError();
    const beside = `${this.#path}.${this.#lease.owner}`;
    writeFileSync(beside, JSON.stringify(this.#lease), { mode: 0o600, flush: true });
    renameSync(beside, this.#path);
    this.#heartbeat = setInterval(() => {
      if (!this.isOurs) return onLost();
      try {
        utimesSync(this.#path, new Date(), new Date());
      } catch {
        // A disk that fails now is met by the next transaction.
      }
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** A file that is gone was removed by hand, and nobody else has taken it. */
  get isOurs(): boolean {
    const held = readLease(this.#path);
    return held === undefined || held.owner === this.#lease.owner;
  }

  release(): void {
    clearInterval(this.#heartbeat);
    if (!this.isOurs) return;
    try {
      unlinkSync(this.#path);
    } catch {
      // Gone, or on a disk that can't be written: the next one on this machine takes it all the same.
    }
  }
}

/** Another machine's process works on the same file. */
export class LeaseTakenError extends Error {
  override readonly name = 'LeaseTakenError';
}

export const leasePath = (databasePath: string): string => `${databasePath}.lease`;

/** Whether a process of this machine that took the lease runs; `false` where that can't be seen, as from another container. */
export function isHolderAlive(databasePath: string): boolean {
  const held = readLease(leasePath(databasePath));
  if (held === undefined || held.machine !== thisMachine()) return false;
  try {
    process.kill(held.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readLease(path: string): Lease | undefined {
  try {
    const { owner, machine, pid } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Lease>;
    return typeof owner === 'string' && typeof machine === 'string' && typeof pid === 'number' ? { owner, machine, pid } : undefined;
  } catch {
    return undefined;
  }
}

/** By change, not by age: the clocks of two machines differ. */
function showsLife(path: string): boolean {
  const touched = (): string => {
    try {
      const { mtimeMs, ino } = statSync(path);
      return `${mtimeMs} ${ino}`;
    } catch {
      return 'gone';
    }
  };
  const before = touched();
  for (let waitedMs = 0; waitedMs < WATCH_MS; waitedMs += LOOK_EVERY_MS) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
    const now = touched();
    if (now === 'gone') return false;
    if (now !== before) return true;
  }
  return false;
}

/** Containers on one machine share its kernel, and with it SQLite's locks; a machine that was started anew is another one. */
function thisMachine(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return hostname();
  }
}
