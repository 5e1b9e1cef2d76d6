/** What a list of answers is worth, by the measures of the image similarity challenge of 2021 (DISC21). */

/** The nearest work that was named for one query, with how near it is; larger is nearer, comparable between all queries. */
export type Answer = {
  /** `undefined`: nothing was named. */
  readonly score: number | undefined;
  readonly isRight: boolean;
};

/**
 * Micro average precision: all answers of all queries in one list, nearest first; the mean over all queries that have a match of the precision
 * at their right answer, 0 where it was not given. Answers of the same score count as one step.
 */
export const microAveragePrecision = (answers: readonly Answer[], matches: number): number =>
  steps(answers).reduce((sum, { right, rightBefore, count }) => sum + ((right - rightBefore) * right) / count, 0) / matches;

/** The most queries with a match, as a part of `matches`, that are found by some threshold with at least this precision. */
export const recallAtPrecision = (answers: readonly Answer[], matches: number, precision: number): number =>
  Math.max(0, ...steps(answers).flatMap(({ right, count }) => (right / count >= precision ? [right / matches] : [])));

type Step = { readonly count: number; readonly right: number; readonly rightBefore: number };

/** Counts down to each score. */
const steps = (answers: readonly Answer[]): readonly Step[] => {
  const sorted = answers.filter(({ score }) => score !== undefined).toSorted((a, b) => b.score! - a.score!);
  const all: Step[] = [];
  let right = 0;
  for (let from = 0; from < sorted.length;) {
    let to = from;
    const rightBefore = right;
    for (; to < sorted.length && sorted[to]!.score === sorted[from]!.score; to++) if (sorted[to]!.isRight) right += 1;
    all.push({ count: to, right, rightBefore });
    from = to;
  }
  return all;
};
