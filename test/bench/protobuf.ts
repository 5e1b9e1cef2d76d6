/** Writes the wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as much of it as ONNX needs. */
export type Field = readonly [number: number, value: number | bigint | string | Uint8Array | Float | readonly Field[]];

/** A 32-bit floating point value; a bare number is written as a whole number. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const [VARINT, BYTES, FIXED_32] = [0, 2, 5];

export const message = (fields: readonly Field[]): Uint8Array => Buffer.concat(fields.flatMap(([number, value]) => field(number, value)));

function field(number: number, value: Field[1]): Uint8Array[] {
  if (typeof value === 'number' || typeof value === 'bigint') return [varint((number << 3) | VARINT), varint(value)];
  if (value instanceof Float) {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value.value);
    return [varint((number << 3) | FIXED_32), bytes];
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : message(value);
  return [varint((number << 3) | BYTES), varint(bytes.length), bytes];
}

/** Negative numbers as their 64-bit two's complement. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}
