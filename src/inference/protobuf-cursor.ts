import { readSync } from 'node:fs';

/** A message says it is longer than the file, or what was read is no protobuf. */
export class UnexpectedEnd extends Error {}

const CHUNK_BYTES = 65_536;
const MOST_LEVELS = 100; // as protobuf's own limit: a nest deeper than this is an attack

/** Reads protobuf wire format from a file of any size, holding no more than one chunk of it. */
export class FileCursor {
  readonly #fd: number;
  readonly #sizeBytes: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #chunkStart = 0;
  #chunkEnd = 0;
  #position = 0;
  #level = 0;

  constructor(fd: number, sizeBytes: number) {
    this.#fd = fd;
    this.#sizeBytes = sizeBytes;
  }

  /**
   * Calls `onField` for each length-delimited field up to `end`, with the field's number and where it stops; skips the others,
   * and whatever `onField` leaves unread.
   */
  fields(end: number, onField: (field: number, stop: number) => unknown): void {
    if (++this.#level > MOST_LEVELS) throw new UnexpectedEnd();
    while (this.#position < end) {
      const tag = this.#varint();
      const field = Math.floor(tag / 8);
      const wireType = tag % 8;
      if (field === 0) throw new UnexpectedEnd();
      if (wireType === 0) this.#varint();
      else if (wireType === 1) this.#position += 8;
      else if (wireType === 5) this.#position += 4;
      else if (wireType === 2) {
        const length = this.#varint();
        const stop = this.#position + length;
        if (stop > end) throw new UnexpectedEnd();
        onField(field, stop);
        this.#position = stop;
      } else throw new UnexpectedEnd();
    }
    if (this.#position > end) throw new UnexpectedEnd();
    this.#level--;
  }

  /** The text from here to `stop`; names in graphs are short. */
  text(stop: number): string {
    const length = stop - this.#position;
    if (length > CHUNK_BYTES) throw new UnexpectedEnd();
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#byte();
    return bytes.toString('utf8');
  }

  /** The beginning of the file as text, without moving. */
  peekText(length: number): string {
    const bytes = Buffer.alloc(Math.min(length, this.#sizeBytes));
    readSync(this.#fd, bytes, 0, bytes.length, 0);
    return bytes.toString('latin1');
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale; // exact up to 2⁵³: longer than any file
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new UnexpectedEnd();
  }

  #byte(): number {
    if (this.#position >= this.#sizeBytes) throw new UnexpectedEnd();
    if (this.#position < this.#chunkStart || this.#position >= this.#chunkEnd) {
      const read = readSync(this.#fd, this.#chunk, 0, CHUNK_BYTES, this.#position);
      if (read === 0) throw new UnexpectedEnd();
      this.#chunkStart = this.#position;
      this.#chunkEnd = this.#position + read;
    }
    return this.#chunk[this.#position++ - this.#chunkStart]!;
  }
}
