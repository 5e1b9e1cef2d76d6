/** All hashes of a library in memory, and the nearest of them. */
import { boundsOf, lowWords, type HashBounds } from './hash-match.ts';
import { hashWords, popcount, type PerceptualHash } from './perceptual-hash.ts';

export type HashHit = {
  readonly id: number;
  /** Part of the firm bits that agree, 0 … 1. */
  readonly similarity: number;
  readonly threshold: number;
};

/** Works that were read together; all their windows' hashes one after the other. */
type Segment = { readonly ids: Int32Array; readonly words: Uint32Array };

export class HashIndex {
  readonly #windows: number;
  readonly #segments: Segment[] = [];

  /** @param windows hashes of each work */
  constructor(windows: number) {
    this.#windows = windows;
  }

  add(rows: readonly { readonly id: number; readonly hashes: Uint8Array }[]): void {
    if (rows.length === 0) return;
    const bytes = this.#windows * hashWords * Uint32Array.BYTES_PER_ELEMENT;
    const all = new Uint8Array(rows.length * bytes);
    rows.forEach(({ hashes }, at) => {
      if (hashes.length !== bytes) throw new RangeError(`expected ${bytes} bytes of hashes, got ${hashes.length}`);
      all.set(hashes, at * bytes);
    });
    this.#segments.push({ ids: Int32Array.from(rows, ({ id }) => id), words: new Uint32Array(all.buffer) });
  }

  /**
   * The work that agrees most with any of the hashes, against the threshold of that hash; `undefined` where none agrees in the low
   * frequencies. Takes some 10 ns for each pair of a hash and a window.
   */
  nearest(hashes: readonly PerceptualHash[]): HashHit | undefined {
    let best: { readonly id: number; readonly margin: number; readonly distance: number; readonly bounds: HashBounds } | undefined;
    for (const hash of hashes) {
      const bounds = boundsOf(hash);
      if (bounds.mostDiffering < 0) continue;
      for (const segment of this.#segments) {
        // A distance below this lies deeper under its own threshold than what was found so far.
        const limit = best === undefined ? bounds.firmBits + 1 : bounds.mostDiffering - best.margin * bounds.firmBits;
        const found = nearestRow(segment.words, hash, bounds.mostDifferingLow, limit);
        if (found === undefined) continue;
        const id = segment.ids[Math.floor(found.row / this.#windows)]!;
        best = { id, bounds, distance: found.distance, margin: (bounds.mostDiffering - found.distance) / bounds.firmBits };
      }
    }
    if (best === undefined) return undefined;
    const { firmBits, mostDiffering } = best.bounds;
    return { id: best.id, similarity: 1 - best.distance / firmBits, threshold: 1 - mostDiffering / firmBits };
  }
}

/** The row that differs least, if it differs in less than `below` bits. */
const nearestRow = (
  words: Uint32Array,
  { bits, firm }: PerceptualHash,
  mostDifferingLow: number,
  below: number,
): { readonly row: number; readonly distance: number } | undefined => {
  const [bits0, bits1, firm0, firm1] = [bits[0]!, bits[1]!, firm[0]!, firm[1]!];
  let least = below;
  let row = -1;
  for (let at = 0; at < words.length; at += hashWords) {
    let distance = popcount((words[at]! ^ bits0) & firm0) + popcount((words[at + 1]! ^ bits1) & firm1);
    if (distance > mostDifferingLow || distance >= least) continue;
    for (let word = lowWords; word < hashWords && distance < least; word++)
      distance += popcount((words[at + word]! ^ bits[word]!) & firm[word]!);
    if (distance >= least) continue;
    least = distance;
    row = at / hashWords;
  }
  return row === -1 ? undefined : { row, distance: least };
};
