/**
 * CBOR, as much of it as a manifest needs, always in the shortest form; maps keep the order they are given.
 * Source: RFC 8949, sections 3 and 4.2.1.
 */

/** A number is a whole one. */
export type Cbor = number | string | null | Uint8Array | readonly Cbor[] | ReadonlyMap<number | string, Cbor> | CborTag;

/** A value that says what it is (major type 6). */
export class CborTag {
  readonly tag: number;
  readonly value: Cbor;

  constructor(tag: number, value: Cbor) {
    this.tag = tag;
    this.value = value;
  }
}

const NULL = 0xf6;

export const encodeCbor = (value: Cbor): Buffer => Buffer.concat(parts(value));

/** A map whose keys are words. */
export const cborMap = (entries: Readonly<Record<string, Cbor>>): ReadonlyMap<string, Cbor> => new Map(Object.entries(entries));

function parts(value: Cbor): readonly Uint8Array[] {
  if (value === null) return [Buffer.of(NULL)];
  if (typeof value === 'number') return [value < 0 ? head(1, -1 - value) : head(0, value)];
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    return [head(3, text.length), text];
  }
  if (value instanceof Uint8Array) return [head(2, value.length), value];
  if (value instanceof CborTag) return [head(6, value.tag), ...parts(value.value)];
  if (value instanceof Map) return [head(5, value.size), ...[...value].flatMap(([key, item]) => [...parts(key), ...parts(item)])];
  const items = value as readonly Cbor[];
  return [head(4, items.length), ...items.flatMap(parts)];
}

/** Major type and argument. */
function head(major: number, argument: number): Buffer {
  const type = major << 5;
  if (!Number.isInteger(argument) || argument < 0 || argument > 0xffffffff) throw new RangeError('no whole number of 32 bits');
  if (argument < 24) return Buffer.of(type | argument);
  if (argument < 0x100) return Buffer.of(type | 24, argument);
  if (argument < 0x10000) return Buffer.of(type | 25, argument >> 8, argument & 0xff);
  const bytes = Buffer.alloc(5);
  bytes[0] = type | 26;
  bytes.writeUInt32BE(argument, 1);
  return bytes;
}
