import { ProgressBar } from '#src/cli/progress-bar.ts';
import type { Io } from '#src/cli/io.ts';
import { formatBytes } from '#src/weights/store/bytes.ts';
import type { PullWatch } from '#src/weights/store/pull.ts';

/** A terminal is drawn at most this often. */
const drawEveryMs = 100;

/** How far a download is: a bar on a terminal, a line for each tenth elsewhere. */
export class PullLines implements PullWatch {
  readonly #name: string;
  readonly #bar: ProgressBar;
  readonly #plain: NodeJS.WriteStream | undefined;
  readonly #startedAtMs = performance.now();
  #startedWith = 0;
  #drawnAtMs = -Infinity;
  #tenth = 0;

  constructor(name: string, { stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>) {
    this.#name = name;
    this.#bar = new ProgressBar(stderr);
    this.#plain = stderr.isTTY ? undefined : stdout;
  }

  readonly onPlan: NonNullable<PullWatch['onPlan']> = ({ totalBytes, haveBytes, files }) => {
    this.#startedWith = haveBytes;
    this.#tenth = Math.floor((10 * haveBytes) / Math.max(1, totalBytes));
    const rest = haveBytes > 0 ? `, ${formatBytes(haveBytes)} of them are here already` : '';
    this.#plain?.write(`Downloading ${this.#name}: ${files} files, ${formatBytes(totalBytes)}${rest}\n`);
  };

  readonly onProgress: NonNullable<PullWatch['onProgress']> = (done, of) => {
    const nowMs = performance.now();
    const isDone = done >= of;
    if (nowMs - this.#drawnAtMs >= drawEveryMs || isDone) {
      this.#drawnAtMs = nowMs;
      const perSecond = (1000 * (done - this.#startedWith)) / Math.max(1, nowMs - this.#startedAtMs);
      this.#bar.show(Math.min(done, of), Math.max(1, of), `${this.#name}  ${formatBytes(done)} of ${formatBytes(of)}  ${formatBytes(Math.round(perSecond))}/s`);
    }
    const tenth = Math.floor((10 * done) / Math.max(1, of));
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    this.#plain?.write(`  ${tenth * 10}%  ${formatBytes(done)}\n`);
  };

  clear(): void {
    this.#bar.clear();
  }
}
