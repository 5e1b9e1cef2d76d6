/**
 * What a button carries. Mattermost neither signs what it sends to a bot nor says who sent it, but hands back the context as the bot wrote
 * it and shows it to nobody: a context that the bot itself signed is the proof that the server is calling. It is good for one press, and
 * not for ever, because a server before its newest releases told it to everybody in the channel when the message was deleted.
 *
 * Source: model/integration_action.go `StripActionIntegrations`, app/post.go `cleanUpAfterPostDeletion`.
 */
import { randomBytes } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

import { numberAt, textAt } from '../common/raw.ts';
import { Signatures } from './signatures.ts';
import { SpentNonces } from './spent-nonces.ts';

/** For which a button can be pressed. */
export const buttonLifeMs = 7 * 24 * 3600 * 1000;

export type SignedContext = {
  /** Delivery of the message that the button is on. */
  readonly transaction: string;
  readonly verb: string;
  readonly nonce: string;
  /** In milliseconds of the bot's clock. */
  readonly expires: number;
  readonly mac: string;
};

export type ReadContext = { readonly state: 'valid' | 'used' | 'expired'; readonly context: SignedContext } | { readonly state: 'unknown' };

export class ContextSigner {
  readonly #now: () => number;
  readonly #signatures: Signatures;
  readonly #used: SpentNonces;

  /** @param now milliseconds, by a clock that goes on across restarts */
  constructor(memory: PlatformMemory, now: () => number) {
    this.#now = now;
    this.#signatures = new Signatures(memory);
    this.#used = new SpentNonces(memory, 'press:', now);
  }

  sign(transaction: string, verb: string): SignedContext {
    const unsigned = { transaction, verb, nonce: randomBytes(16).toString('base64url'), expires: this.#now() + buttonLifeMs };
    return { ...unsigned, mac: this.#signatures.of(partsOf(unsigned)) };
  }

  /** Of what somebody sent; `unknown` is everything that was not signed here. */
  read(value: unknown): ReadContext {
    const [transaction, verb, nonce, mac] = ['transaction', 'verb', 'nonce', 'mac'].map((key) => textAt(value, key));
    const expires = numberAt(value, 'expires');
    if (transaction === undefined || verb === undefined || nonce === undefined || mac === undefined || expires === undefined)
      return { state: 'unknown' };
    const context = { transaction, verb, nonce, expires, mac };
    if (!this.#signatures.isTheirs(partsOf(context), mac)) return { state: 'unknown' };
    if (expires <= this.#now()) return { state: 'expired', context };
    return { state: this.#used.placeOf(nonce) === undefined ? 'valid' : 'used', context };
  }

  /** Call in the transaction that stores the press. */
  use({ transaction, nonce, expires }: SignedContext): void {
    this.#used.spend(nonce, expires, transaction);
  }
}

const partsOf = ({ transaction, verb, nonce, expires }: Omit<SignedContext, 'mac'>) => [transaction, verb, nonce, expires] as const;
