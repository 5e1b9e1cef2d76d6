export type OneAtATime = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A line in which each piece of work begins when the one before has ended, well or not. */
export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
