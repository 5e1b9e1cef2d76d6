import { createHash, type KeyObject } from 'node:crypto';
import type { ManifestFacts, ManifestSigner } from '#core/marks-port.ts';
import { bufferOf } from '#src/c2pa/bytes.ts';
import { mayHoldManifest, pictureType } from '#src/c2pa/kinds.ts';
import { ContainerError, type Place } from '#src/c2pa/writing/containers/container.ts';
import { placeInJpeg } from '#src/c2pa/writing/containers/jpeg.ts';
import { placeInPng } from '#src/c2pa/writing/containers/png.ts';
import { placeInWebp } from '#src/c2pa/writing/containers/webp.ts';
import { coseSign1, unsignedSign1, type SignatureMethod } from '#src/c2pa/writing/cose.ts';
import { HASH_BYTES, manifestStore, type ManifestContent } from '#src/c2pa/writing/manifest-store.ts';

export type SigningKey = {
  readonly key: KeyObject;
  readonly method: SignatureMethod;
  /** Certificates in DER: that of the key first, those between it and the root after it. */
  readonly chain: readonly Uint8Array[];
};

const places: Readonly<Record<ManifestFacts['mimeType'], (file: Uint8Array) => Place>> = {
  'image/png': placeInPng,
  'image/jpeg': placeInJpeg,
  'image/webp': placeInWebp,
};

/** Writes manifests under one key; deterministic where the key's method is. */
export class C2paSigner implements ManifestSigner {
  readonly #signing: SigningKey;

  constructor(signing: SigningKey) {
    this.#signing = signing;
  }

  /** @throws ContainerError where the file is not what `mimeType` says; TypeError where it has a manifest */
  async sign(file: Uint8Array, { mimeType, generator }: ManifestFacts): Promise<Uint8Array> {
    if (pictureType(file) !== mimeType) throw new ContainerError(`no file of type ${mimeType}`);
    if (mayHoldManifest(file)) throw new TypeError('the file has a manifest already');
    const { key, method, chain } = this.#signing;
    const place = places[mimeType](file);
    const embedded = this.#reckon(place, generator);
    const head = place.head(embedded.length);
    const fileHash = createHash('sha256').update(head).update(place.tail).digest();
    const [leaf = new Uint8Array()] = chain;
    const seed = createHash('sha256').update(fileHash).update(generator).update(leaf).digest();
    const store = manifestStore({ generator, seed, embedded, fileHash }, (claim) => coseSign1(claim, key, method, chain));
    return Buffer.concat([head, place.embed(store), place.tail].map(bufferOf));
  }

  /** The assertion tells how long the store is that it is part of: so long until both agree. */
  #reckon(place: Place, generator: string): ManifestContent['embedded'] {
    const { method, chain } = this.#signing;
    const start = place.head(0).length;
    const zeroes = new Uint8Array(HASH_BYTES);
    let length = 0;
    for (;;) {
      const content = { generator, seed: zeroes, embedded: { start, length }, fileHash: zeroes };
      const { length: found } = place.embed(manifestStore(content, () => unsignedSign1(method, chain)));
      if (found === length) return { start, length };
      length = found;
    }
  }
}
