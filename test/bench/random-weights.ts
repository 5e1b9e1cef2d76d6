import { closeSync, openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';

/** Where a tensor's bytes lie. */
export type WeightPlace = { readonly location: string; readonly offset: number; readonly length: number };

export interface WeightSink {
  /** `count` numbers with this standard deviation. */
  random(count: number, deviation: number): WeightPlace;
  /** Parameters that are kept elsewhere. */
  count(parameters: number): void;
}

/** Weights that only count: to check a shape without a byte on the disk. */
export class CountedWeights implements WeightSink {
  parameters = 0;

  random(count: number): WeightPlace {
    this.parameters += count;
    return { location: 'counted', offset: 0, length: 0 };
  }

  count(parameters: number): void {
    this.parameters += parameters;
  }
}

const POOL = 2 ** 20;
/** onnxruntime maps weights into memory that begin at a multiple of this. */
const ALIGNMENT = 4096;

/** Writes to one file beside the graph. The numbers come from one pool, again and again: only their size matters here. */
export class WeightFile implements WeightSink, Disposable {
  readonly #location: string;
  readonly #fd: number;
  readonly #pool = uniformPool();
  #offset = 0;

  constructor(path: string) {
    this.#location = basename(path);
    this.#fd = openSync(path, 'w');
  }

  random(count: number, deviation: number): WeightPlace {
    const offset = Math.ceil(this.#offset / ALIGNMENT) * ALIGNMENT;
    const scaled = this.#pool.map((value) => value * deviation);
    for (let done = 0; done < count; done += POOL) {
      const part = new Uint8Array(scaled.buffer, 0, Math.min(POOL, count - done) * 4);
      for (let written = 0; written < part.length;)
        written += writeSync(this.#fd, part, written, part.length - written, offset + done * 4 + written);
    }
    this.#offset = offset + count * 4;
    return { location: this.#location, offset, length: count * 4 };
  }

  count(): void {}

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** Even between ±√3, so with a standard deviation of 1; xorshift32, the same at every run. */
function uniformPool(): Float32Array {
  let state = 0x9e3779b9;
  return Float32Array.from({ length: POOL }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state / 2 ** 31) * Math.sqrt(3);
  });
}
