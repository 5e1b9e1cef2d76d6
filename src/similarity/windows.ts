/** Which parts of a work get a hash of their own, so that a picture cut out of it is found by one comparison. */

/** In parts of the width and of the height of the work. */
export type Window = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

export const wholeWindow: Window = { left: 0, top: 0, width: 1, height: 1 };

/** Side of the windows and how many stand in a row: neighbours overlap so far that a cut between two of them is near one. */
const sizes: readonly (readonly [side: number, perRow: number])[] = [
  [0.95, 2],
  [0.9, 3],
  [0.85, 4],
  [0.8, 6],
];

/** The whole first, then squares in the work's own proportions: 1 + 4 + 9 + 16 + 36. */
export const windows: readonly Window[] = [
  wholeWindow,
  ...sizes.flatMap(([side, perRow]) => {
    // In the middle of its share of the room that is left: nothing is farther from a window than half a step.
    const offsets = Array.from({ length: perRow }, (_, at) => ((1 - side) * (at + 0.5)) / perRow);
    return offsets.flatMap((top) => offsets.map((left): Window => ({ left, top, width: side, height: side })));
  }),
];
