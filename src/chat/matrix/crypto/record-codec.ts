import { deserialize, serialize } from 'node:v8';

/** What IndexedDB allows as a key. */
export type RecordKey = string | number | Date | ArrayBuffer | ArrayBufferView | readonly RecordKey[];

type Tagged = { readonly date: number } | { readonly bytes: string } | { readonly number: string };
type EncodedKey = string | number | Tagged | readonly EncodedKey[];

/**
 * A key as text, the same text for the same key: strings, finite numbers and arrays as in JSON, all else under its type.
 * v8's own format would not do, it writes one string in two ways.
 */
export const encodeKey = (key: RecordKey): string => JSON.stringify(encoded(key));

/** @throws SyntaxError where the text is no key */
export const decodeKey = (text: string): RecordKey => decoded(JSON.parse(text) as EncodedKey);

/** A value as the structured clone algorithm writes it. */
export const encodeValue = (value: unknown): Uint8Array => serialize(value);

export const decodeValue = (bytes: Uint8Array): unknown => deserialize(bytes);

function encoded(key: RecordKey): EncodedKey {
  if (typeof key === 'string') return key;
  if (typeof key === 'number') return Number.isFinite(key) ? key : { number: String(key) };
  if (key instanceof Date) return { date: key.getTime() };
  if (key instanceof ArrayBuffer) return { bytes: Buffer.from(key).toString('hex') };
  if (ArrayBuffer.isView(key)) return { bytes: Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex') };
  return key.map(encoded);
}

function decoded(key: EncodedKey): RecordKey {
  if (typeof key !== 'object') return key;
  if ('date' in key) return new Date(key.date);
  if ('bytes' in key) return Uint8Array.from(Buffer.from(key.bytes, 'hex')).buffer;
  if ('number' in key) return Number(key.number);
  return key.map(decoded);
}
