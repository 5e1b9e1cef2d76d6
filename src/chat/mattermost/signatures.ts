import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

const keyName = 'buttons-key';

/** What the bot itself has written, and will recognise when the server hands it back. */
export class Signatures {
  readonly #memory: PlatformMemory;

  constructor(memory: PlatformMemory) {
    this.#memory = memory;
  }

  /** base64url of an HMAC-SHA-256 over all parts; other parts, or as many in another order, have another one. */
  of(parts: readonly (string | number)[]): string {
    return this.#mac(parts).toString('base64url');
  }

  isTheirs(parts: readonly (string | number)[], signature: string): boolean {
    const [ours, given] = [this.#mac(parts), Buffer.from(signature, 'base64url')];
    return ours.length === given.length && timingSafeEqual(ours, given);
  }

  #mac(parts: readonly (string | number)[]): Buffer {
    return createHmac('sha256', this.#key()).update(JSON.stringify(parts)).digest();
  }

  /** Looked up each time: a backup that was brought back has another one. */
  #key(): Buffer {
    const known = this.#memory.get(keyName);
    if (known !== undefined) return Buffer.from(known, 'base64url');
    const made = randomBytes(32);
    this.#memory.set(keyName, made.toString('base64url'));
    return made;
  }
}
