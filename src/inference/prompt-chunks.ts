/**
 * A long prompt in pieces that the text encoder can read, cut as the AUTOMATIC1111 web UI cuts them: after as many tokens as fit, or
 * after the last comma where that is near, and at each BREAK.
 */

/** One piece, without start, end and padding. */
export type Chunk = { readonly ids: readonly number[]; readonly weights: readonly number[] };

export const EMPTY_CHUNK: Chunk = { ids: [], weights: [] };

/** A chunk ends after a comma if at most so many tokens, the comma counted, are moved to the next one. */
const COMMA_REACH = 20;

export type ChunkRules = {
  readonly length: number; // tokens of a chunk
  readonly most: number; // chunks; 1: what does not fit is dropped, and nothing is moved
  readonly commaId: number | undefined;
};

/** At least one chunk, and the ids that did not fit into `most` of them. `parts`: what stands between BREAKs. */
export function chunkPrompt(
  parts: readonly Chunk[],
  { length, most, commaId }: ChunkRules,
): { readonly chunks: readonly Chunk[]; readonly droppedIds: readonly number[] } {
  if (most === 1) {
    const [ids, weights] = [parts.flatMap((part) => part.ids), parts.flatMap((part) => part.weights)];
    return { chunks: [{ ids: ids.slice(0, length), weights: weights.slice(0, length) }], droppedIds: ids.slice(length) };
  }
  const chunks: Chunk[] = [];
  const droppedIds: number[] = [];
  for (const [index, { ids, weights }] of parts.entries()) {
    const isLastPart = index === parts.length - 1;
    // Two BREAKs in a row make a chunk of nothing; one at the end makes none.
    if (ids.length === 0 && chunks.length < most && !(isLastPart && chunks.length > 0)) chunks.push(EMPTY_CHUNK);
    for (let from = 0; from < ids.length;) {
      const until = chunks.length < most ? from + cutAt(from, ids) : ids.length;
      if (chunks.length < most) chunks.push({ ids: ids.slice(from, until), weights: weights.slice(from, until) });
      else for (const id of ids.slice(from)) droppedIds.push(id);
      from = until;
    }
  }
  return { chunks, droppedIds };

  /** How many tokens the chunk takes. The last one is filled: what it moves on would be lost. */
  function cutAt(from: number, ids: readonly number[]): number {
    const isFull = ids.length - from > length;
    if (!isFull) return ids.length - from;
    if (commaId === undefined || chunks.length === most - 1 || ids[from + length] === commaId) return length;
    const comma = ids.lastIndexOf(commaId, from + length - 1);
    return comma >= from && from + length - comma <= COMMA_REACH ? comma - from + 1 : length;
  }
}
