/**
 * The modulated lapped transform (MDCT with a sine window), separable in two dimensions: an orthonormal basis of smooth, local waves, so
 * that a change of one coefficient changes no other one and has no edges. The waves are functions of the place in the picture, not of
 * pixels: the same ones are found again at any size. Source: Princen and Bradley 1986; Malvar 1992.
 */

/** One block in units of the plane; each wave covers two. */
export const blockUnits = 8;

/** Waves per block and axis that are used, from the lowest on. */
export const axisBands = 6;

/** Frequencies [across, down] that carry anything: not the mean, and nothing that half the size would lose. */
export const bands: readonly (readonly [across: number, down: number])[] = Array.from(
  { length: axisBands * axisBands },
  (_, at) => [at % axisBands, Math.floor(at / axisBands)] as const,
)
  .filter(([across, down]) => across + down > 0 && (across + 0.5) ** 2 + (down + 0.5) ** 2 <= 37)
  .toSorted((a, b) => radius(a) - radius(b));

function radius([across, down]: readonly [number, number]): number {
  return (across + 0.5) ** 2 + (down + 0.5) ** 2;
}

/** Where the plane lies on an axis of pixels: unit `u` is at pixel `origin + u · unit`, counted from the outer edge of the first one. */
export type Axis = { readonly origin: number; readonly unit: number; readonly length: number };

/** The waves of one axis at the centres of its pixels, `weights[(block · axisBands + band) · span + pixel − start(block)]`. */
export type SampledAxis = {
  readonly axis: Axis;
  /** Number of the first block whose waves lie within the pixels, and how many do. */
  readonly first: number;
  readonly count: number;
  /** Pixels that a wave covers at most. */
  readonly span: number;
  readonly starts: Int32Array;
  readonly weights: Float32Array;
};

export const sampleAxis = (axis: Axis): SampledAxis => {
  const { origin, unit, length } = axis;
  const tolerance = 0.01;
  const first = Math.max(0, Math.ceil(-origin / unit / blockUnits - tolerance));
  const last = Math.floor((length - origin) / unit / blockUnits - 2 + tolerance);
  const count = Math.max(0, last - first + 1);
  const span = Math.ceil(2 * blockUnits * unit) + 1;
  const starts = new Int32Array(count);
  const weights = new Float32Array(count * axisBands * span);
  const loudness = Math.sqrt(2 / blockUnits);
  for (let block = 0; block < count; block++) {
    const begin = origin + (first + block) * blockUnits * unit;
    const start = Math.min(Math.max(0, Math.ceil(begin - 0.5)), length - 1);
    starts[block] = start;
    for (let pixel = 0; pixel < span && start + pixel < length; pixel++) {
      const at = (start + pixel + 0.5 - begin) / unit;
      if (at <= 0 || at >= 2 * blockUnits) continue;
      const window = loudness * Math.sin((Math.PI / (2 * blockUnits)) * at);
      for (let band = 0; band < axisBands; band++)
        weights[(block * axisBands + band) * span + pixel] =
          window * Math.cos((Math.PI / blockUnits) * (at + blockUnits / 2) * (band + 0.5));
    }
  }
  return { axis, first, count, span, starts, weights };
};

/** What the waves of a plane are in a picture. */
export type Grid = { readonly across: SampledAxis; readonly down: SampledAxis };

/** Coefficients [blocks down, blocks across, `bands.length`], in the units of the plane's values. */
export type Coefficients = Float32Array;

/** Values [down.length, across.length] → coefficients. */
export const analyse = (values: Float32Array, { across, down }: Grid): Coefficients => {
  const { weights, starts, span, count } = across;
  const width = across.axis.length;
  const columns = count * axisBands;
  const rows = new Float32Array(down.axis.length * columns);
  const scale = 1 / (across.axis.unit * down.axis.unit);
  for (let y = 0; y < down.axis.length; y++) {
    const row = y * width;
    const into = y * columns;
    for (let column = 0; column < columns; column++) {
      const start = starts[Math.floor(column / axisBands)]!;
      const end = Math.min(span, width - start);
      const from = column * span;
      const place = row + start;
      let sum = 0;
      for (let pixel = 0; pixel < end; pixel++) sum += weights[from + pixel]! * values[place + pixel]!;
      rows[into + column] = sum * scale;
    }
  }
  const coefficients = new Float32Array(down.count * across.count * bands.length);
  const sums = new Float32Array(columns * axisBands);
  for (let block = 0; block < down.count; block++) {
    sums.fill(0);
    const start = down.starts[block]!;
    const end = Math.min(down.span, down.axis.length - start);
    for (let band = 0; band < axisBands; band++)
      for (let pixel = 0; pixel < end; pixel++) {
        const weight = down.weights[(block * axisBands + band) * down.span + pixel]!;
        const from = (start + pixel) * columns;
        const into = band * columns;
        for (let column = 0; column < columns; column++) sums[into + column]! += weight * rows[from + column]!;
      }
    for (let place = 0; place < across.count; place++)
      for (let band = 0; band < bands.length; band++) {
        const [x, y] = bands[band]!;
        coefficients[(block * across.count + place) * bands.length + band] = sums[y * columns + place * axisBands + x]!;
      }
  }
  return coefficients;
};

/** One part of the picture, made of waves: `rows(from, to)` gives values [to − from, across.length]. */
export const synthesis = (coefficients: Coefficients, { across, down }: Grid): ((fromRow: number, toRow: number) => Float32Array) => {
  const width = across.axis.length;
  const columns = across.count * axisBands;
  const spread = new Float32Array(down.count * axisBands * columns);
  for (let block = 0; block < down.count; block++)
    for (let place = 0; place < across.count; place++)
      for (let band = 0; band < bands.length; band++) {
        const [x, y] = bands[band]!;
        spread[(block * axisBands + y) * columns + place * axisBands + x] =
          coefficients[(block * across.count + place) * bands.length + band]!;
      }
  const row = new Float32Array(columns);
  return (fromRow, toRow) => {
    const values = new Float32Array((toRow - fromRow) * width);
    for (let y = fromRow; y < toRow; y++) {
      row.fill(0);
      for (let block = 0; block < down.count; block++) {
        const pixel = y - down.starts[block]!;
        if (pixel < 0 || pixel >= down.span) continue;
        for (let band = 0; band < axisBands; band++) {
          const weight = down.weights[(block * axisBands + band) * down.span + pixel]!;
          if (weight === 0) continue;
          const from = (block * axisBands + band) * columns;
          for (let column = 0; column < columns; column++) row[column]! += weight * spread[from + column]!;
        }
      }
      const into = (y - fromRow) * width;
      for (let block = 0; block < across.count; block++) {
        const start = across.starts[block]!;
        const end = Math.min(across.span, width - start);
        for (let band = 0; band < axisBands; band++) {
          const value = row[block * axisBands + band]!;
          const from = (block * axisBands + band) * across.span;
          for (let pixel = 0; pixel < end; pixel++) values[into + start + pixel]! += value * across.weights[from + pixel]!;
        }
      }
    }
    return values;
  };
};
