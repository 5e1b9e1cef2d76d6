/** The latest values by key, as many as fit into so many bytes. The newest is kept even if it is larger than that. */
export class EmbeddingCache<Value extends { readonly bytes: number }> {
  readonly #entries = new Map<string, Value>(); // oldest use first
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Of all entries, keys included. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Value | undefined {
    const value = this.#take(key);
    if (value) this.#put(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#take(key);
    this.#put(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break;
      this.#take(oldest);
    }
  }

  #put(key: string, value: Value): void {
    this.#entries.set(key, value);
    this.#bytes += value.bytes + 2 * key.length;
  }

  #take(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (!value) return undefined;
    this.#entries.delete(key);
    this.#bytes -= value.bytes + 2 * key.length;
    return value;
  }
}
