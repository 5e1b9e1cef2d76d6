/** Whether two implementations made the same picture: without that, how fast they were says nothing. */
export type Agreement = {
  /** Part of the bytes, in %, that are further apart than `tolerance`. */
  readonly apartPercent: number;
  /** Largest distance of two bytes. */
  readonly largest: number;
};

/** Of 255: rounding of float32 sums in another order, and of float16 ones. */
export const tolerances = { float32: 1, float16: 3 } as const;

/** The most that may be further apart than the tolerance, in %. */
export const mostApartPercent = { float32: 0.1, float16: 1 } as const;

/** Spread of a picture's bytes; below this, pictures agree because there is nothing on them. */
const LEAST_SPREAD = 20;

/** Throws where the sizes differ or a picture has no contrast. */
export function agreementOf(ours: readonly Uint8Array[], theirs: readonly Uint8Array[], tolerance: number): Agreement {
  if (ours.length !== theirs.length || ours.length === 0) throw new Error(`${ours.length} pictures to compare with ${theirs.length}`);
  let [apart, all, largest] = [0, 0, 0];
  for (const [index, picture] of ours.entries()) {
    const other = theirs[index]!;
    if (picture.length !== other.length) throw new Error(`pictures of ${picture.length} and ${other.length} bytes`);
    for (const one of [picture, other]) if (spreadOf(one) < LEAST_SPREAD) throw new Error('a picture without contrast: nothing to compare');
    all += picture.length;
    for (let i = 0; i < picture.length; i++) {
      const distance = Math.abs(picture[i]! - other[i]!);
      if (distance > tolerance) apart++;
      if (distance > largest) largest = distance;
    }
  }
  return { apartPercent: (100 * apart) / all, largest };
}

/** Standard deviation of the bytes. */
function spreadOf(picture: Uint8Array): number {
  let [sum, squares] = [0, 0];
  for (const byte of picture) {
    sum += byte;
    squares += byte * byte;
  }
  return Math.sqrt(squares / picture.length - (sum / picture.length) ** 2);
}
