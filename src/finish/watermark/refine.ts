import type { Place } from '#src/finish/watermark/place.ts';

type Size = { readonly width: number; readonly height: number };
export type Rated = { readonly place: Place; readonly clarity: number };

/** Steps of the climb, in units of the plane at the middle and at the edge of the picture. */
export const coarseSteps = [0.5] as const;
export const fineSteps = [0.3, 0.15] as const;

/** What a place can be wrong in; each by one unit of the plane, at the middle or at the edge. */
const moves: readonly ((place: Place, size: Size, units: number) => Place)[] = [
  (place, _, units) => ({ ...place, originX: place.originX + units * place.unitX }),
  (place, _, units) => ({ ...place, originY: place.originY + units * place.unitY }),
  (place, size, units) => widen(widen(place, size, 'X', units), size, 'Y', units),
  (place, size, units) => widen(widen(place, size, 'X', units), size, 'Y', -units),
];

/** Climbs from a place to where the mark is clearest, along one axis after the other; each time to the top of a parabola. */
export const refine = async (
  start: Rated,
  steps: readonly number[],
  size: Size,
  clarityAt: (place: Place) => Promise<number>,
): Promise<Rated> => {
  let best = start;
  for (const step of steps)
    for (const move of moves) {
      const before = { place: move(best.place, size, -step), clarity: 0 };
      const after = { place: move(best.place, size, step), clarity: 0 };
      before.clarity = await clarityAt(before.place);
      after.clarity = await clarityAt(after.place);
      const bend = before.clarity + after.clarity - 2 * best.clarity;
      const top = bend < 0 ? Math.max(-1, Math.min(1, (before.clarity - after.clarity) / (2 * bend))) : 0;
      const between = { place: move(best.place, size, top * step), clarity: 0 };
      if (Math.abs(top) > 0.05) between.clarity = await clarityAt(between.place);
      for (const rated of [before, after, between]) if (rated.clarity > best.clarity) best = rated;
    }
  return best;
};

/** Makes the unit of one axis larger so that the edge moves by `units`; the middle of the picture stays where it is. */
function widen(place: Place, size: Size, axis: 'X' | 'Y', units: number): Place {
  const length = axis === 'X' ? size.width : size.height;
  const [unit, origin] = axis === 'X' ? [place.unitX, place.originX] : [place.unitY, place.originY];
  const factor = 1 + (2 * units * unit) / length;
  const moved = length / 2 - (length / 2 - origin) * factor;
  return axis === 'X' ? { ...place, unitX: unit * factor, originX: moved } : { ...place, unitY: unit * factor, originY: moved };
}
