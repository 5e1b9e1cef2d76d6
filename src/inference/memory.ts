import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';
import { InferenceError } from './errors.ts';

/** Reads a file of the system; `undefined` where it is not there. */
export type ReadSystemFile = (path: string) => string | undefined;

const readSystemFile: ReadSystemFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * Bytes that this process may still take: what the system has, or what the container's limit leaves if that is less. Memory that only
 * keeps copies of files counts as free.
 */
export function availableBytes(read: ReadSystemFile = readSystemFile): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB/m.exec(read('/proc/meminfo') ?? '')?.[1];
  const system = kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
  return Math.min(system, ...limitsOf(read));
}

/** What each control group from this process's own up to the root leaves; version 2, and the memory controller of version 1. */
function limitsOf(read: ReadSystemFile): readonly number[] {
  const own = read('/proc/self/cgroup') ?? '';
  const second = /^0::(.*)$/m.exec(own)?.[1];
  const first = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(own)?.[1];
  return [
    ...groups('/sys/fs/cgroup', second).map((folder) => leftIn(read, folder, 'memory.max', 'memory.current')),
    ...groups('/sys/fs/cgroup/memory', first).map((folder) => leftIn(read, folder, 'memory.limit_in_bytes', 'memory.usage_in_bytes')),
  ].filter((bytes) => Number.isFinite(bytes));
}

function groups(root: string, path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  const folders = [root];
  for (let part = path; part !== '/' && part !== '.' && part !== ''; part = dirname(part)) folders.push(join(root, part));
  return folders;
}

function leftIn(read: ReadSystemFile, folder: string, maxFile: string, usedFile: string): number {
  const [max, used] = [Number(read(join(folder, maxFile)) || 'max'), Number(read(join(folder, usedFile)) || 'none')];
  if (!Number.isFinite(max) || !Number.isFinite(used)) return Number.POSITIVE_INFINITY; // no limit is told as `max`
  const stat = read(join(folder, 'memory.stat')) ?? '';
  const files = [...stat.matchAll(/^(?:total_)?(?:in)?active_file (\d+)$/gm)].map((match) => Number(match[1]));
  return Math.max(0, max - used + files.reduce((sum, bytes) => sum + bytes, 0));
}

/**
 * Of the bytes of the files, what a model takes at the least while it draws on the CPU. Measured with a model of 4.1 GB at 512²: 1.23.
 * Lower, as only what can't work at all is refused here; weights of 16 bits take about twice their bytes on the CPU.
 */
const LEAST_FACTOR = 1.05;

/** Refuses a model for which there is no room, before a byte of it is loaded. Throws `out_of_memory` with both sizes. */
export function checkRoomFor(weightsBytes: number, freeBytes = availableBytes()): void {
  const neededBytes = Math.round(weightsBytes * LEAST_FACTOR);
  if (neededBytes <= freeBytes) return;
  const [needed, free] = [gigabytes(neededBytes), gigabytes(freeBytes)];
  throw new InferenceError(
    'out_of_memory',
    `The model needs ${needed} GB of memory and ${free} GB are free; stop other programs, or take a smaller model.`,
    { neededGb: needed, freeGb: free },
  );
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

/** Pictures must not take what the rest of the machine needs. */
const KEPT_FREE_BYTES = 500e6;
const TILE_SIDES = [64, 48, 32] as const;
const SMALLEST_SIDE = 16;

/** What a decoder is made of, as far as its memory goes: channels at full size, and whether it attends to all places at once. */
export type DecoderShape = { readonly channels: number; readonly hasAttention: boolean };

/**
 * Bytes that the decoder takes beside its weights for latents of this size; `scale` in pixels per latent. Fitted to AutoencoderKL of
 * SD 1.5 (128 channels) in onnxruntime on the CPU, measured 62, 262, 742 and 1690 MB for 16², 32², 48² and 64² latents.
 */
export function decodeBytes({ channels, hasAttention }: DecoderShape, height: number, width: number, scale: number): number {
  const places = height * width;
  return 32 * channels * places * scale ** 2 + (hasAttention ? 40 * places ** 2 : 0);
}

/** Side of the tiles in latents, `undefined` for one run: the largest that fits. */
export function tileSideFor(
  shape: DecoderShape,
  [height, width]: readonly [height: number, width: number],
  scale: number,
  freeBytes = availableBytes(),
): number | undefined {
  const room = freeBytes - KEPT_FREE_BYTES;
  if (decodeBytes(shape, height, width, scale) <= room) return undefined;
  const longest = Math.max(height, width);
  const side = TILE_SIDES.find((candidate) => candidate < longest && decodeBytes(shape, candidate, candidate, scale) <= room);
  const smallest = side ?? SMALLEST_SIDE;
  return smallest < longest ? smallest : undefined;
}

/** The next smaller tile after one of `side` was too large; `undefined` where there is none. */
export function smallerTile(side: number | undefined, longest: number): number | undefined {
  return [...TILE_SIDES, SMALLEST_SIDE].find((candidate) => candidate < Math.min(side ?? longest, longest));
}
