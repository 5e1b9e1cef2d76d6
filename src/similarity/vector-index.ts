/** Vectors of all works in memory, and the nearest of them. */

export type VectorHit = { readonly id: number; readonly similarity: number };

type Segment = { readonly ids: Int32Array; readonly values: Float32Array };

export class VectorIndex {
  readonly #dimensions: number;
  readonly #segments: Segment[] = [];
  #works = 0;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
  }

  /** How many works have vectors. */
  get works(): number {
    return this.#works;
  }

  /** @param rows each with the vectors of one or more parts of a work, all of L2 norm 1 */
  add(rows: readonly { readonly id: number; readonly values: Float32Array }[]): void {
    if (rows.length === 0) return;
    const wrong = rows.find(({ values }) => values.length === 0 || values.length % this.#dimensions !== 0);
    if (wrong !== undefined) throw new RangeError(`expected vectors of ${this.#dimensions} values, got ${wrong.values.length} values`);
    const values = new Float32Array(rows.reduce((sum, row) => sum + row.values.length, 0));
    const ids = new Int32Array(values.length / this.#dimensions);
    let at = 0;
    for (const row of rows) {
      values.set(row.values, at);
      ids.fill(row.id, at / this.#dimensions, (at + row.values.length) / this.#dimensions);
      at += row.values.length;
    }
    this.#segments.push({ ids, values });
    this.#works += rows.length;
  }

  /** The work with the largest cosine to any of the vectors (L2 norm 1). */
  nearest(vectors: readonly Float32Array[]): VectorHit | undefined {
    let best: VectorHit | undefined;
    for (const vector of vectors)
      for (const { ids, values } of this.#segments) {
        const found = nearestRow(values, vector);
        if (best === undefined || found.similarity > best.similarity) best = { id: ids[found.row]!, similarity: found.similarity };
      }
    return best;
  }
}

const nearestRow = (values: Float32Array, vector: Float32Array): { readonly row: number; readonly similarity: number } => {
  const { length } = vector;
  let similarity = -Infinity;
  let row = 0;
  for (let from = 0; from < values.length; from += length) {
    let even = 0;
    let odd = 0;
    for (let at = 0; at < length - 1; at += 2) {
      even += values[from + at]! * vector[at]!;
      odd += values[from + at + 1]! * vector[at + 1]!;
    }
    const last = length % 2 === 1 ? values[from + length - 1]! * vector[length - 1]! : 0;
    const sum = even + odd + last;
    if (sum > similarity) {
      similarity = sum;
      row = from / length;
    }
  }
  return { row, similarity };
};
