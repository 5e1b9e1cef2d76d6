/** Compares bytes, and fails in a line: the difference that `assert.deepEqual` draws of two pictures takes minutes and all memory. */
import assert from 'node:assert/strict';

/** @throws {assert.AssertionError} that names the lengths and the first byte in which they differ */
export function assertSameBytes(actual: Uint8Array | undefined, expected: Uint8Array | undefined, what = 'bytes'): void {
  assert.ok(actual !== undefined && expected !== undefined, `${what}: there is only one of the two`);
  const end = Math.max(actual.length, expected.length);
  let at = 0;
  while (at < end && actual[at] === expected[at]) at++;
  assert.ok(at === end, `${what}: differ from byte ${at} on; ${actual.length} and ${expected.length} bytes long`);
}
