/** Where a manifest store lies in a file. */
export type Place = {
  /** The file without the store, cut where it goes: `head(n)` is what stands before `n` bytes of embedded store. */
  readonly head: (embeddedBytes: number) => Uint8Array;
  readonly tail: Uint8Array;
  /** The store as this kind of file holds it. Its length depends on the store's length alone. */
  readonly embed: (store: Uint8Array) => Uint8Array;
};

/** The file is not what it is called, or is cut short. */
export class ContainerError extends Error {
  override readonly name = 'ContainerError';
}
