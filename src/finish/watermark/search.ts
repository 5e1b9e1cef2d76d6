/**
 * Where the mark lies in a picture that was cut, and perhaps made larger again: for each scale that is possible, the picture is correlated
 * with the pilots at all places at once. Source: Kuglin and Hines 1975, phase correlation.
 */
import { setImmediate } from 'node:timers/promises';
import { pilot, type Carriers } from '#src/finish/watermark/carriers.ts';
import { emptyPlane, transform, type ComplexPlane } from '#src/finish/watermark/fft.ts';
import { sampleAxis, synthesis, type Grid } from '#src/finish/watermark/lapped-transform.ts';
import type { Place } from '#src/finish/watermark/place.ts';
import { levelled } from '#src/finish/watermark/levelled.ts';

/** At least this part of the area is thought to be left. */
const leastArea = 0.7;
const scaleStep = 1.01;

/** Units of the plane between two places that are tried. */
const gridStep = 1.2;

/** In deviations of the whole surface. */
const leastScore = 2.5;

type Candidate = { readonly place: Place; readonly score: number };

/** The places that look most like it, best first. `unit`: pixels per unit of the plane if nothing were cut off. */
export const likelyPlaces = async (
  luma: Float32Array,
  size: { readonly width: number; readonly height: number; readonly unit: number },
  carriersOf: (grid: Grid) => Carriers,
  most: number,
): Promise<readonly Place[]> => {
  const { width, height, unit } = size;
  const even = levelled(luma, width, height, unit);
  const sides = { width: powerOfTwo((width / unit) * 1.05), height: powerOfTwo((height / unit) * 1.05) };
  await setImmediate();
  const pattern = pilotSpectrum(sides, carriersOf);
  const candidates: Candidate[] = [];
  for (let scale = 1; scale * scale <= 1 / leastArea; scale *= scaleStep) {
    await setImmediate();
    // What is left of the picture is smaller than the plane, so a unit has more pixels.
    const place = { unitX: unit * scale, unitY: unit * scale };
    const surface = correlate(even, size, place, pattern);
    candidates.push(...peaks(surface, size, place, 1 / (scale * scale)));
  }
  return candidates
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ place }) => place);
};

const powerOfTwo = (units: number): number => 2 ** Math.ceil(Math.log2(units / gridStep));

/** The pilots of a plane, [height, width] at every `gridStep` units, as a spectrum. */
function pilotSpectrum({ width, height }: { width: number; height: number }, carriersOf: (grid: Grid) => Carriers): ComplexPlane {
  const axis = (length: number) => sampleAxis({ origin: 0, unit: 1 / gridStep, length });
  const grid = { across: axis(width), down: axis(height) };
  const { roles, signs } = carriersOf(grid);
  const values = synthesis(
    signs.map((sign, at) => (roles[at] === pilot ? sign : 0)),
    grid,
  )(0, height);
  const plane = emptyPlane(width, height);
  plane.real.set(values);
  transform(plane, 'forward');
  return plane;
}

function correlate(
  even: Float32Array,
  { width, height }: { width: number; height: number },
  { unitX, unitY }: { unitX: number; unitY: number },
  pattern: ComplexPlane,
): ComplexPlane {
  const plane = emptyPlane(pattern.width, pattern.height);
  const [stepX, stepY] = [unitX * gridStep, unitY * gridStep];
  for (let y = 0; y < pattern.height; y++) {
    const fromY = (y + 0.5) * stepY - 0.5;
    if (fromY > height - 1.01) break;
    const top = Math.max(0, Math.floor(fromY));
    const below = Math.max(0, fromY - top);
    for (let x = 0; x < pattern.width; x++) {
      const fromX = (x + 0.5) * stepX - 0.5;
      if (fromX > width - 1.01) break;
      const left = Math.max(0, Math.floor(fromX));
      const right = Math.max(0, fromX - left);
      const at = top * width + left;
      plane.real[y * pattern.width + x] =
        (even[at]! * (1 - right) + even[at + 1]! * right) * (1 - below) +
        (even[at + width]! * (1 - right) + even[at + width + 1]! * right) * below;
    }
  }
  transform(plane, 'forward');
  const { real, imaginary } = plane;
  for (let at = 0; at < real.length; at++) {
    const [a, b] = [real[at]!, imaginary[at]!];
    const [c, d] = [pattern.real[at]!, pattern.imaginary[at]!];
    const size = Math.hypot(a, b) + 1e-6;
    // The pattern times the picture's conjugate: the peak is at the place of the picture within the plane.
    real[at] = (c * a + d * b) / size;
    imaginary[at] = (d * a - c * b) / size;
  }
  transform(plane, 'back');
  return plane;
}

/** The highest places that what is left of the picture, `area` of the plane, can have come from. */
function peaks(
  { real, width: columns, height: rows }: ComplexPlane,
  { width, height }: { width: number; height: number },
  { unitX, unitY }: { unitX: number; unitY: number },
  area: number,
): readonly Candidate[] {
  const [acrossUnits, downUnits] = [width / unitX, height / unitY];
  const most = 1 / area + 0.03;
  let squares = 0;
  for (const value of real) squares += value * value;
  const deviation = Math.sqrt(squares / real.length) + 1e-12;
  const at = (x: number, y: number): number => real[((y + rows) % rows) * columns + ((x + columns) % columns)]!;
  const found: Candidate[] = [];
  for (let y = 0; y < rows && 1 + (y * gridStep) / downUnits <= most; y++)
    for (let x = 0; x < columns && (1 + (x * gridStep) / acrossUnits) * (1 + (y * gridStep) / downUnits) <= most; x++) {
      const height = at(x, y);
      if (height < leastScore * deviation || height < Math.max(at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1))) continue;
      const [right, below] = [x + top(at(x - 1, y), height, at(x + 1, y)), y + top(at(x, y - 1), height, at(x, y + 1))];
      found.push({
        place: { unitX, unitY, originX: -right * gridStep * unitX, originY: -below * gridStep * unitY },
        score: height / deviation,
      });
    }
  return found;
}

/** Where between −½ and ½ the parabola through three neighbours is highest; the middle one is the highest of them. */
function top(before: number, middle: number, after: number): number {
  const bend = before + after - 2 * middle;
  return bend < 0 ? (before - after) / (2 * bend) : 0;
}
