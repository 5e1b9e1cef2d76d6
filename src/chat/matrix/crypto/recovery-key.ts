const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const prefix = [0x8b, 0x01] as const;
const keyBytes = 32;

/**
 * A key of 32 bytes as people write it down: words of four letters, with a sum in it that catches slips.
 *
 * Source: Matrix specification, client-server API, «Representing recovery keys» (base58 with Bitcoin's letters).
 */
export function recoveryKeyText(key: Uint8Array): string {
  if (key.length !== keyBytes) throw new TypeError(`a recovery key has ${keyBytes} bytes, this one ${key.length}`);
  const bytes = [...prefix, ...key];
  return (toBase58([...bytes, parityOf(bytes)]).match(/.{1,4}/g) ?? []).join(' ');
}

/** The key behind what somebody typed, spaces as they like; `undefined` where it is none or has a slip in it. */
export function readRecoveryKey(text: string): Uint8Array | undefined {
  const bytes = fromBase58(text.replace(/\s+/g, ''));
  if (bytes?.length !== prefix.length + keyBytes + 1 || parityOf(bytes) !== 0) return undefined;
  return prefix.every((byte, index) => bytes[index] === byte) ? Uint8Array.from(bytes.slice(prefix.length, -1)) : undefined;
}

const parityOf = (bytes: readonly number[]): number => bytes.reduce((parity, byte) => parity ^ byte, 0);

function toBase58(bytes: readonly number[]): string {
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = '';
  for (; number > 0n; number /= 58n) text = alphabet.charAt(Number(number % 58n)) + text;
  return text;
}

/** Only what begins with a byte above 0, as a recovery key does. */
function fromBase58(text: string): readonly number[] | undefined {
  // Two letters more than the longest key: nobody's file is worked through.
  if (text === '' || text.length > 50) return undefined;
  let number = 0n;
  for (const letter of text) {
    const value = alphabet.indexOf(letter);
    if (value === -1) return undefined;
    number = number * 58n + BigInt(value);
  }
  const bytes: number[] = [];
  for (; number > 0n; number /= 256n) bytes.unshift(Number(number % 256n));
  return bytes;
}
