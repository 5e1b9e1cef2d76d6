/** Whole numbers from 0 on, as ranges `[first, last]` in rising order that don't touch; written as `0-57,59`. */
export type IndexRanges = readonly (readonly [first: number, last: number])[];

export const parseRanges = (text: string): IndexRanges =>
  text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return part === '' || first === undefined || last === undefined ? [] : [[first, last] as const];
  });

export const rangesText = (ranges: IndexRanges): string =>
  ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');

export const holds = (ranges: IndexRanges, index: number): boolean => ranges.some(([first, last]) => first <= index && index <= last);

/** With `index`; where that makes more than `most` ranges, the gap between the two lowest ones counts as held, too. */
export function withIndex(ranges: IndexRanges, index: number, most: number): IndexRanges {
  const sorted = [...ranges, [index, index] as const].toSorted(([one], [other]) => one - other);
  const joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  const [lowest, next, ...others] = joined;
  if (lowest === undefined || next === undefined || joined.length <= most) return joined;
  return [[lowest[0], next[1]], ...others];
}
