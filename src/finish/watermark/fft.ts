/** Fast Fourier transform of planes whose sides are powers of two. Source: Cooley and Tukey 1965. */

/** [height, width] each. */
export type ComplexPlane = {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly width: number;
  readonly height: number;
};

export const emptyPlane = (width: number, height: number): ComplexPlane => ({
  real: new Float64Array(width * height),
  imaginary: new Float64Array(width * height),
  width,
  height,
});

/** In place; there and back again multiplies by width × height. */
export const transform = (plane: ComplexPlane, direction: 'forward' | 'back'): void => {
  const { width, height } = plane;
  const sign = direction === 'forward' ? -1 : 1;
  const row = lineTransform(width, sign);
  const line = { real: new Float64Array(Math.max(width, height)), imaginary: new Float64Array(Math.max(width, height)) };
  for (let y = 0; y < height; y++) {
    copy(plane, line, y * width, 1, width);
    row(line.real, line.imaginary);
    copyBack(line, plane, y * width, 1, width);
  }
  const column = lineTransform(height, sign);
  for (let x = 0; x < width; x++) {
    copy(plane, line, x, width, height);
    column(line.real, line.imaginary);
    copyBack(line, plane, x, width, height);
  }
};

type Line = { readonly real: Float64Array; readonly imaginary: Float64Array };

function copy(plane: Line, line: Line, from: number, step: number, count: number): void {
  for (let at = 0; at < count; at++) {
    line.real[at] = plane.real[from + at * step]!;
    line.imaginary[at] = plane.imaginary[from + at * step]!;
  }
}

function copyBack(line: Line, plane: Line, from: number, step: number, count: number): void {
  for (let at = 0; at < count; at++) {
    plane.real[from + at * step] = line.real[at]!;
    plane.imaginary[from + at * step] = line.imaginary[at]!;
  }
}

function lineTransform(length: number, sign: number): (real: Float64Array, imaginary: Float64Array) => void {
  const cosines = Float64Array.from({ length: length / 2 }, (_, at) => Math.cos((2 * Math.PI * at) / length));
  const sines = Float64Array.from({ length: length / 2 }, (_, at) => sign * Math.sin((2 * Math.PI * at) / length));
  const reversed = new Uint32Array(length);
  for (let at = 1; at < length; at++) reversed[at] = (reversed[at >> 1]! >> 1) | (at & 1 ? length >> 1 : 0);
  return (real, imaginary) => {
    for (let at = 0; at < length; at++) {
      const other = reversed[at]!;
      if (other <= at) continue;
      [real[at], real[other]] = [real[other]!, real[at]!];
      [imaginary[at], imaginary[other]] = [imaginary[other]!, imaginary[at]!];
    }
    for (let size = 2; size <= length; size *= 2) {
      const half = size / 2;
      const stride = length / size;
      for (let start = 0; start < length; start += size)
        for (let at = 0; at < half; at++) {
          const [c, s] = [cosines[at * stride]!, sines[at * stride]!];
          const a = start + at;
          const b = a + half;
          const r = real[b]! * c - imaginary[b]! * s;
          const i = real[b]! * s + imaginary[b]! * c;
          real[b] = real[a]! - r;
          imaginary[b] = imaginary[a]! - i;
          real[a]! += r;
          imaginary[a]! += i;
        }
    }
  };
}
