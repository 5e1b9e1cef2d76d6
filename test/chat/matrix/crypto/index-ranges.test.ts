import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { holds, parseRanges, rangesText, withIndex, type IndexRanges } from '#src/chat/matrix/crypto/index-ranges.ts';

const rangesOf = (indices: readonly number[], most = Infinity): IndexRanges =>
  indices.reduce<IndexRanges>((ranges, index) => withIndex(ranges, index, most), []);

describe('ranges of indices', () => {
  it('are as short as they can be', () => {
    assert.equal(rangesText(rangesOf([0, 1, 2, 5, 4, 9])), '0-2,4-5,9');
    assert.equal(rangesText(rangesOf([3, 1, 2, 2])), '1-3');
    assert.equal(rangesText([]), '');
    assert.deepEqual(parseRanges(''), []);
  });

  it('hold what was put in and nothing else, and can be written and read', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 })), (indices) => {
        const ranges = parseRanges(rangesText(rangesOf(indices)));
        for (let index = 0; index <= 61; index += 1) assert.equal(holds(ranges, index), indices.includes(index), `${index}`);
      }),
    );
  });

  it('give up the lowest gap where there are too many, and nothing that was put in', () => {
    assert.equal(rangesText(rangesOf([0, 2, 4, 6], 3)), '0-2,4,6');
    fc.assert(
      fc.property(fc.array(fc.nat()), (indices) => {
        const ranges = rangesOf(indices, 5);
        assert.ok(ranges.length <= 5);
        for (const index of indices) assert.ok(holds(ranges, index));
      }),
    );
  });
});
