import { createHash } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

import { objectAt, textAt, type RawObject } from '../raw.ts';

/** So many indices of a session stand in one entry of the memory, so that a long session makes no long ones. */
const indicesPerEntry = 64;
/** Source: Megolm specification, message format: a version byte, then the index as the first field of a protocol buffer. */
const version = 3;
const indexField = 0x08;
const longestVarintBytes = 5;

/**
 * Which event brought which message. Whoever runs a server of the room can bring an old message again under a new id, and the
 * library reads it again: without this, it would be an order that is given twice.
 */
export class Replays {
  readonly #memory: PlatformMemory;

  constructor(memory: PlatformMemory) {
    this.#memory = memory;
  }

  /** Notes a message that could be read; true where another event has brought the same one before. */
  isReplay(roomId: string, event: RawObject): boolean {
    const content = objectAt(event, 'content');
    const index = megolmIndex(textAt(content, 'ciphertext') ?? '');
    if (index === undefined) return true;
    const session = short(`${roomId} ${textAt(content, 'session_id') ?? ''}`, 22);
    const place = `brought:${session}:${Math.floor(index / indicesPerEntry)}`;
    const brought = JSON.parse(this.#memory.get(place) ?? '{}') as Readonly<Record<string, string>>;
    const id = short(textAt(event, 'event_id') ?? '', 12);
    const before = brought[index];
    if (before === undefined) this.#memory.set(place, JSON.stringify({ ...brought, [index]: id }));
    return before !== undefined && before !== id;
  }
}

/** Place of a message in its session; it is signed with the message, so nobody can change it. `undefined` where it is none. */
export function megolmIndex(ciphertext: string): number | undefined {
  const bytes = Buffer.from(ciphertext.slice(0, 16), 'base64');
  if (bytes[0] !== version || bytes[1] !== indexField) return undefined;
  let index = 0;
  for (let position = 0; position < longestVarintBytes; position += 1) {
    const byte = bytes[2 + position];
    if (byte === undefined) return undefined;
    // Not by shifting: the fifth byte goes beyond 31 bits.
    index += (byte & 0x7f) * 2 ** (7 * position);
    if (byte < 0x80) return index;
  }
  return undefined;
}

const short = (text: string, characters: number): string => createHash('sha256').update(text).digest('base64url').slice(0, characters);
