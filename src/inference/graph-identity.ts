import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { summariseOnnxFile } from './onnx-file.ts';

export type GraphIdentity = {
  /** A name for a folder, another one for everything that optimises to something else. */
  readonly key: string;
  /** The graph with its weights. */
  readonly bytes: number;
};

/** Of a file, as far as it can be told without reading gigabytes. */
export type FileFingerprint = { readonly bytes: number; readonly mtimeMs: number; readonly sample: string };

/** Raised when entries of the cache are made in another way. */
const FORMAT = 1;

/** `runtime`: version of onnxruntime. Throws where the files can't be read. */
export function identifyGraph(path: string, runtime: string): GraphIdentity {
  const label = join(basename(dirname(path)), basename(path));
  const weights = [...summariseOnnxFile(path, label).externalFiles.keys()].toSorted().map((location) => {
    const { size, mtimeMs } = statSync(join(dirname(path), location));
    return { location, size, mtimeMs };
  });
  const graph = fingerprintOf(path);
  const parts = JSON.stringify([FORMAT, runtime, 'cpu', 'all', processor(), graph, weights]);
  return {
    key: createHash('sha256').update(parts).digest('hex').slice(0, 32),
    bytes: weights.reduce((sum, { size }) => sum + size, graph.bytes),
  };
}

/** onnxruntime arranges weights for the vectors of this processor; the flags tell those apart that a cloud names alike. */
function processor(): string {
  const flags = process.platform === 'linux' ? /^(flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[2] : undefined;
  return `${arch()} ${cpus()[0]?.model ?? ''} ${flags ?? ''}`;
}

const BLOCKS = 64;
const BLOCK_BYTES = 65_536;

/**
 * Size, time and a hash of 64 blocks spread over the file, which is all of one of up to 4 MB. So files that were cut off, written
 * to or never reached the disk are noticed; a single flipped bit of a large one is not, as it is not in the model itself.
 */
export function fingerprintOf(path: string): FileFingerprint {
  const fd = openSync(path, 'r');
  try {
    const { size, mtimeMs } = fstatSync(fd);
    const hash = createHash('sha256');
    const block = Buffer.alloc(BLOCK_BYTES);
    const count = Math.min(BLOCKS, Math.ceil(size / BLOCK_BYTES));
    for (let i = 0; i < count; i++) {
      const start = count === 1 ? 0 : Math.round(((size - BLOCK_BYTES) * i) / (count - 1));
      hash.update(block.subarray(0, readSync(fd, block, 0, BLOCK_BYTES, Math.max(0, start))));
    }
    return { bytes: size, mtimeMs, sample: hash.digest('hex') };
  } finally {
    closeSync(fd);
  }
}
