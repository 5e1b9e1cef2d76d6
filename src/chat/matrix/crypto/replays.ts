import { createHash } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

import { objectAt, textAt, type RawObject } from '../../common/raw.ts';
import { holds, parseRanges, rangesText, withIndex } from './index-ranges.ts';

/** So many gaps are remembered in what a session brought; its sender decides how many it has. */
const mostRanges = 64;

/**
 * Which messages of a session were brought. Whoever runs a server of the room can bring an old one again under a new id, and the
 * library reads it again: without this, it would be an order that is given twice. There is one short entry for each session, for
 * as long as its key is there, because for so long it could be brought again.
 */
export class Replays {
  readonly #memory: PlatformMemory;
  /** What the present step brought: session → index → event. */
  readonly #step = new Map<string, Map<number, string>>();

  constructor(memory: PlatformMemory) {
    this.#memory = memory;
  }

  /** A step begins; what an earlier one noted and did not store is forgotten. */
  begin(): void {
    this.#step.clear();
  }

  /**
   * Notes a message that could be read, for `store`.
   * @returns `again` where it was brought before, `misspelt` where its bytes are not the ones that its sender wrote
   */
  look(roomId: string, event: RawObject): 'new' | 'again' | 'misspelt' {
    const content = objectAt(event, 'content');
    const index = megolmIndex(textAt(content, 'ciphertext') ?? '');
    if (index === undefined) return 'misspelt';
    const place = placeOf(roomId, textAt(content, 'session_id') ?? '');
    if (holds(parseRanges(this.#memory.get(place) ?? ''), index)) return 'again';
    const brought = this.#step.get(place) ?? new Map<number, string>();
    this.#step.set(place, brought);
    const id = textAt(event, 'event_id') ?? '';
    const before = brought.get(index);
    if (before === undefined) brought.set(index, id);
    // A server may name one event twice: that is one, in the inbox as well.
    return before === undefined || before === id ? 'new' : 'again';
  }

  /** Writes what the step brought; to be called in the transaction that stores its events. */
  store(): void {
    for (const [place, brought] of this.#step) {
      let ranges = parseRanges(this.#memory.get(place) ?? '');
      for (const index of brought.keys()) ranges = withIndex(ranges, index, mostRanges);
      this.#memory.set(place, rangesText(ranges));
    }
  }
}

/** A session's name is its sender's to choose, so it is not used as it is. */
const placeOf = (roomId: string, session: string): string =>
  `brought:${createHash('sha256').update(`${roomId} ${session}`).digest('base64url').slice(0, 22)}`;

/** Source: Megolm specification, message format: a version byte, then two fields of a protocol buffer, then what protects them. */
const version = 3;
const indexField = 0x08;
const ciphertextField = 0x12;
const protectionBytes = 8 + 64;

/**
 * Place of a message in its session. Only the one spelling that every client writes is read: the library takes others, which are
 * signed just as well and in which a reader as simple as this one would see another place. `undefined` for those.
 */
export function megolmIndex(ciphertext: string): number | undefined {
  // Node passes over what is no base64.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(ciphertext)) return undefined;
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes[0] !== version || bytes[1] !== indexField) return undefined;
  const index = varint(bytes, 2);
  if (index === undefined || bytes[index.end] !== ciphertextField) return undefined;
  const length = varint(bytes, index.end + 1);
  return length !== undefined && length.end + length.value + protectionBytes === bytes.length ? index.value : undefined;
}

/** A whole number below 2^32 in as few bytes as it needs. */
function varint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let position = 0; position < 5; position += 1) {
    const byte = bytes[start + position];
    if (byte === undefined) return undefined;
    // Not by shifting: the fifth byte goes beyond 31 bits.
    value += (byte & 0x7f) * 2 ** (7 * position);
    if (byte >= 0x80) continue;
    const isMinimal = position === 0 || byte !== 0;
    return isMinimal && value < 2 ** 32 ? { value, end: start + position + 1 } : undefined;
  }
  return undefined;
}
