import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Npy = { readonly shape: readonly number[]; readonly values: Float32Array | Uint8Array };

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

export function readJsonFixture(name: string): unknown {
  return JSON.parse(readFileSync(fixturePath(name), 'utf8'));
}

/** Reads the two kinds of .npy file that make.py writes: C order, little-endian, float32 or uint8. */
export function readNpyFixture(name: string): Npy {
  const file = readFileSync(fixturePath(name));
  const headerLength = file.readUInt16LE(8);
  const header = file.toString('latin1', 10, 10 + headerLength);
  const type = /'descr': '([^']+)'/.exec(header)?.[1];
  const shape = [...(/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '').matchAll(/\d+/g)].map(Number);
  const body = new Uint8Array(file.subarray(10 + headerLength)); // a copy, so that the offset is aligned
  if (type === '|u1') return { shape, values: body };
  if (type === '<f4') return { shape, values: new Float32Array(body.buffer) };
  throw new Error(`${name}: unexpected .npy type ${type}`);
}

/** The largest |actual − expected|, and the share of equal values. */
export function compare(actual: ArrayLike<number>, expected: ArrayLike<number>): { maxDifference: number; equalShare: number } {
  if (actual.length !== expected.length) throw new Error(`lengths differ: ${actual.length} and ${expected.length}`);
  let maxDifference = 0;
  let equal = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= maxDifference)) maxDifference = difference; // also takes NaN
    if (difference === 0) equal++;
  }
  return { maxDifference, equalShare: equal / Math.max(1, expected.length) };
}

/** The largest |actual − expected| / max(|expected|, floor). */
export function maxRelativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>, floor: number): number {
  if (actual.length !== expected.length) throw new Error(`lengths differ: ${actual.length} and ${expected.length}`);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const relative = Math.abs(actual[i]! - expected[i]!) / Math.max(Math.abs(expected[i]!), floor);
    if (!(relative <= worst)) worst = relative;
  }
  return worst;
}
