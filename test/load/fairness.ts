/** When one person's job was accepted and begun. */
export type Start = { readonly person: string; readonly queuedMs: number; readonly startedMs: number };

/**
 * The most pictures that any one other person was given while somebody waited for their next one: since their last, or since they asked.
 * One means that everybody takes turns.
 * @param starts of jobs of one picture each, in the order they began
 */
export function mostTurnsOfAnother(starts: readonly Start[]): number {
  let most = 0;
  const lastStart = new Map<string, number>();
  for (const [index, { person, queuedMs }] of starts.entries()) {
    const others = new Map<string, number>();
    for (const earlier of starts.slice((lastStart.get(person) ?? -1) + 1, index)) {
      // Begun before this one was asked for: nobody was passed over.
      if (earlier.startedMs <= queuedMs) continue;
      others.set(earlier.person, (others.get(earlier.person) ?? 0) + 1);
    }
    most = Math.max(most, ...others.values());
    lastStart.set(person, index);
  }
  return most;
}

/** The longest wait of each person, from acceptance to the first step. */
export function longestWaits(starts: readonly Start[]): readonly number[] {
  const longest = new Map<string, number>();
  for (const { person, queuedMs, startedMs } of starts) longest.set(person, Math.max(longest.get(person) ?? 0, startedMs - queuedMs));
  return [...longest.values()].toSorted((a, b) => a - b);
}

/** The value that a share of all is at most: nearest rank, so it is one that was measured. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
