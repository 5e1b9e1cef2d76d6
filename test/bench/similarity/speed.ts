/** How long a check takes with ten thousand works, and whether anything else has to wait for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pixels } from '#core/ports.ts';
import type { PictureEmbedder } from '#core/similarity-port.ts';
import { createSimilarityCheck, libraryPath } from '#src/similarity-check.ts';
import { hashForm, referenceHashes } from '#src/similarity/fingerprints.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';
import { chance } from './chance.ts';
import type { Source } from './pictures.ts';
import { transformations } from './transformations.ts';

export type Speed = {
  readonly works: number;
  readonly withModel: boolean;
  /** All in milliseconds. */
  readonly firstMs: number;
  readonly strangersMs: readonly number[];
  readonly copiesMs: readonly number[];
  /** Between two looks of the event loop at what else there is, while a picture was compared; computing of its own thread alone. */
  readonly longestDelayMs: number;
  readonly fileBytes: number;
};

/** Works are those of `source`, each many times with a part of its bits turned, so that the spread of low frequencies is that of pictures. */
const turnedBits = 0.3;

export const measureSpeed = async (
  { works, checks }: { readonly works: number; readonly checks: number },
  source: Source,
  embedder: PictureEmbedder | undefined,
): Promise<Speed> => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'blitzbild-similarity-'));
  const fails = (fields: object): never => {
    throw new Error('the check failed', { cause: fields });
  };
  const log = { debug: () => {}, info: () => {}, warn: fails, error: fails };
  const check = createSimilarityCheck({ dataFolder, log, ...(embedder === undefined ? {} : { embedder }) });
  try {
    const originals: Pixels[] = [];
    for (let at = 0; at < checks; at++) originals.push((await source.at(at)).picture);
    const fileBytes = await fill(libraryPath(dataFolder), works, originals, embedder);
    const time = async (picture: Pixels): Promise<number> => {
      const startedMs = performance.now();
      const verdict = await check.check(picture);
      if (verdict.state !== 'compared' || verdict.works !== works)
        throw new Error(`not compared with ${works} works: ${JSON.stringify(verdict)}`);
      return performance.now() - startedMs;
    };
    const firstMs = await time(originals[0]!);
    let longestDelayMs = 0;
    const strangersMs: number[] = [];
    const copiesMs: number[] = [];
    for (let at = 0; at < checks; at++) {
      const stranger = (await source.at(checks + at)).picture;
      const copy = await transformations.find(({ name }) => name === 'crop')!.apply(originals[at]!, 1, chance('speed', at));
      const watch = new LoopWatch();
      strangersMs.push(await time(stranger));
      copiesMs.push(await time(copy));
      longestDelayMs = Math.max(longestDelayMs, watch.stop());
    }
    return { works, withModel: embedder !== undefined, firstMs, strangersMs, copiesMs, longestDelayMs, fileBytes };
  } finally {
    await check.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
};

/** The longest that the event loop was held up by this thread's own work: what other processes took of the core is not counted. */
class LoopWatch {
  #last = lookAtClocks();
  #longestMs = 0;
  #isOver = false;

  constructor() {
    const turn = (): void => {
      const now = lookAtClocks();
      this.#longestMs = Math.max(this.#longestMs, Math.min(now.wallMs - this.#last.wallMs, now.cpuMs - this.#last.cpuMs));
      this.#last = now;
      if (!this.#isOver) setImmediate(turn);
    };
    setImmediate(turn);
  }

  stop(): number {
    this.#isOver = true;
    return this.#longestMs;
  }
}

const lookAtClocks = (): { readonly wallMs: number; readonly cpuMs: number } => {
  const { user, system } = process.threadCpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1000 };
};

/** @returns the size of the file */
const fill = async (path: string, works: number, originals: readonly Pixels[], embedder: PictureEmbedder | undefined): Promise<number> => {
  const library = new ReferenceLibrary(path);
  try {
    const hashes = await Promise.all(originals.map(referenceHashes));
    library.transaction(() => {
      for (let at = 0; at < works; at++) {
        const luck = chance('work', at);
        const own = hashes[at % hashes.length]!;
        const values =
          embedder === undefined ? {} : { vectors: { model: embedder.hash, values: anyVectors(embedder.dimensions, luck.next) } };
        const name = String(at);
        library.put({
          path: name,
          title: name,
          bytes: 0,
          modifiedMs: 0,
          sha256: name,
          pixelsSha256: name,
          widthPx: 256,
          heightPx: 256,
          hashForm,
          hashes: at < hashes.length ? own : own.map((byte) => byte ^ turned(luck.next)),
          ...values,
        });
      }
    });
    return library.bytes();
  } finally {
    library.close();
  }
};

const turned = (next: () => number): number =>
  [1, 2, 4, 8, 16, 32, 64, 128].reduce((mask, bit) => (next() < turnedBits ? mask | bit : mask), 0);

/** [6, dimensions], each of L2 norm 1. */
const anyVectors = (dimensions: number, next: () => number): Float32Array => {
  const values = Float32Array.from({ length: 6 * dimensions }, () => next() - 0.5);
  for (let from = 0; from < values.length; from += dimensions) {
    const part = values.subarray(from, from + dimensions);
    const norm = Math.hypot(...part);
    part.forEach((value, at) => (part[at] = value / norm));
  }
  return values;
};
