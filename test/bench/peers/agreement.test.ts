import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agreementOf } from './agreement.ts';

/** Bytes from 0 to 255 in turn: a picture with contrast. */
const picture = (change: (byte: number, index: number) => number = (byte) => byte): Uint8Array =>
  Uint8Array.from({ length: 1024 }, (_, index) => change(index % 256, index));

describe('whether two peers drew the same picture', () => {
  it('counts the bytes that are further apart than rounding explains, and tells the largest distance', () => {
    const other = picture((byte, index) => (index === 100 ? byte + 1 : index === 101 ? byte + 7 : byte));
    assert.deepEqual(agreementOf([picture()], [other], 1), { apartPercent: 100 / 1024, largest: 7 });
  });

  it('takes all pictures together', () => {
    const inverted = picture((byte) => 255 - byte);
    const { apartPercent, largest } = agreementOf([picture(), picture()], [picture(), inverted], 1);
    assert.ok(apartPercent > 49 && apartPercent < 50.1, String(apartPercent));
    assert.equal(largest, 255);
  });

  it('refuses to compare what is grey, of another size or missing', () => {
    const grey = new Uint8Array(1024).fill(127);
    assert.throws(() => agreementOf([grey], [grey], 1), /without contrast/);
    assert.throws(() => agreementOf([picture()], [picture().subarray(0, 1000)], 1), /1024 and 1000 bytes/);
    assert.throws(() => agreementOf([picture()], [], 1), /1 pictures to compare with 0/);
    assert.throws(() => agreementOf([], [], 1), /0 pictures/);
  });
});
