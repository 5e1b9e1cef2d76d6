import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carriersOf, pilot } from '#src/finish/watermark/carriers.ts';
import { codedBits, decodeBits, encodeBits } from '#src/finish/watermark/convolutional-code.ts';
import { evidence, loudness } from '#src/finish/watermark/evidence.ts';
import { emptyPlane, transform } from '#src/finish/watermark/fft.ts';
import { analyse, bands, sampleAxis, synthesis } from '#src/finish/watermark/lapped-transform.ts';
import { grain } from '../pictures.ts';

const gridOf = (width: number, height: number, unit: number) => ({
  across: sampleAxis({ origin: 0, unit, length: width }),
  down: sampleAxis({ origin: 0, unit, length: height }),
});

test('the waves are orthonormal: what was written into each is read from each', () => {
  const grid = gridOf(256, 128, 2);
  const next = grain(1);
  const written = Float32Array.from({ length: grid.across.count * grid.down.count * bands.length }, next);
  const read = analyse(synthesis(written, grid)(0, 128), grid);
  const worst = read.reduce((most, value, at) => Math.max(most, Math.abs(value - written[at]!)), 0);
  assert.ok(worst < 1e-3, `${worst}`);
});

test('the rows of a synthesis are the same however they are asked for', () => {
  const grid = gridOf(100, 90, 2.3);
  const next = grain(2);
  const rows = synthesis(Float32Array.from({ length: grid.across.count * grid.down.count * bands.length }, next), grid);
  assert.deepEqual(rows(10, 30), rows(0, 90).slice(1000, 3000));
});

test('the code is read back, also under noise that turns every eighth sign', () => {
  const next = grain(3);
  for (let payload = 1n; payload < 2n ** 48n; payload = payload * 37n + 11n) {
    const coded = encodeBits(payload);
    assert.equal(coded.length, codedBits);
    assert.equal(decodeBits(coded).payload, payload);
    assert.equal(decodeBits(coded.map((sign) => sign + 0.9 * next())).payload, payload);
  }
});

test('the next best payload is told as well: none that differs in one or two bits is better', () => {
  const next = grain(4);
  for (let round = 0; round < 8; round++) {
    const sent = 0xc0ffee_123456n + BigInt(round);
    const soft = encodeBits(sent).map((sign) => sign + 2 * next());
    const like = (payload: bigint): number => encodeBits(payload).reduce((sum, sign, bit) => sum + sign * soft[bit]!, 0);
    const { payload, rival } = decodeBits(soft);
    assert.notEqual(rival, payload);
    assert.ok(like(payload) >= like(rival));
    for (let a = 0n; a < 48n; a++)
      for (let b = a; b < 48n; b++) {
        const other = payload ^ (1n << a) ^ (a === b ? 0n : 1n << b);
        assert.ok(like(other) <= like(rival) + 1e-3, `${other}`);
      }
  }
});

test('the transform there and back gives the plane times its size, and a wave is one point', () => {
  const plane = emptyPlane(16, 8);
  for (let at = 0; at < 128; at++) plane.real[at] = Math.cos((2 * Math.PI * 3 * (at % 16)) / 16);
  const before = plane.real.slice();
  transform(plane, 'forward');
  assert.ok(Math.abs(plane.real[3]! - 64) < 1e-9 && Math.abs(plane.real[13]! - 64) < 1e-9);
  assert.ok(plane.real.every((value, at) => at === 3 || at === 13 || Math.abs(value) < 1e-9));
  transform(plane, 'back');
  assert.ok(plane.real.every((value, at) => Math.abs(value / 128 - before[at]!) < 1e-12));
});

test('each tile of blocks carries every bit once, and another key carries it elsewhere', () => {
  const grid = gridOf(256, 256, 2);
  const [one, other] = [carriersOf(new Uint8Array(32)), carriersOf(new Uint8Array(32).fill(1))];
  const counts = new Uint32Array(codedBits);
  const { roles, signs } = one(grid);
  for (let y = 0; y < 2; y++)
    for (let x = 0; x < 4; x++)
      for (let band = 0; band < bands.length; band++) {
        const role = roles[(y * grid.across.count + x) * bands.length + band]!;
        if (role !== pilot) counts[role]! += 1;
      }
  assert.ok(counts.every((count) => count === 1));
  assert.notDeepEqual(other(grid).roles, roles);
  const agreeing = other(grid).signs.filter((sign, at) => sign === signs[at]).length / signs.length;
  assert.ok(Math.abs(agreeing - 0.5) < 0.03, `${agreeing}`);
});

test('without a mark, evidence has a mean of 0 and a deviation of 1, and stays below its bound', () => {
  const grid = gridOf(128, 128, 1);
  const next = grain(5);
  const noise = Float32Array.from({ length: 128 * 128 }, (_, at) => 20 * next() + (at % 128));
  const coefficients = analyse(noise, grid);
  const loud = loudness(coefficients, grid);
  const signs = encodeBits(0x123456789abcn);
  const totals = Array.from({ length: 400 }, (_, at) => {
    const key = new Uint8Array(32);
    key.set([at % 256, at >> 8]);
    return evidence(coefficients, loud, carriersOf(key)(grid)).total(signs);
  });
  const mean = totals.reduce((sum, value) => sum + value, 0) / totals.length;
  const deviation = Math.sqrt(totals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / totals.length);
  assert.ok(Math.abs(mean) < 0.2 && Math.abs(deviation - 1) < 0.12, `${mean} ± ${deviation}`);
  for (const t of [1, 2, 3]) assert.ok(totals.filter((value) => value >= t).length / totals.length <= Math.exp((-t * t) / 2));
});
