import { randomBytes } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

import { numberAt, objectAt, textAt, type RawObject } from '../common/raw.ts';
import { isId, ownProps, type Post } from './post.ts';
import { Signatures } from './signatures.ts';
import { SpentNonces } from './spent-nonces.ts';

/** For which a command that was posted may be read; who was away for longer does not carry it out any more. */
export const commandLifeMs = 30 * 24 * 3600 * 1000;

/** What somebody typed as a slash command. */
export type TypedCommand = { readonly channelId: string; readonly user: string; readonly text: string };

type Read = TypedCommand & { readonly nonce: string; readonly expires: number };

/**
 * A slash command stands in its channel as a post of the bot's, whose props say whose it is. The props of any post can be rewritten by whoever
 * may edit what others wrote (`edit_others_posts`), so they are signed, for one channel, and count on one post only.
 * Source: api4/post.go `patchPost`.
 */
export class SignedCommands {
  readonly #now: () => number;
  readonly #signatures: Signatures;
  /** And the posts that they were heard in. */
  readonly #heard: SpentNonces;

  /** @param now milliseconds, by a clock that goes on across restarts */
  constructor(memory: PlatformMemory, now: () => number) {
    this.#now = now;
    this.#signatures = new Signatures(memory);
    this.#heard = new SpentNonces(memory, 'command:', now);
  }

  /** For the props of the post, under `ownProps`. */
  sign({ channelId, user, text }: TypedCommand): { readonly command: RawObject } {
    const [nonce, expires] = [randomBytes(16).toString('base64url'), this.#now() + commandLifeMs];
    return { command: { user, text, nonce, expires, mac: this.#signatures.of(partsOf({ channelId, user, text, nonce, expires })) } };
  }

  /** Of a post of the bot's own; `undefined` where it is none, is not signed for this channel, or was heard already in another post. */
  read(post: Pick<Post, 'id' | 'channelId' | 'props'>): { readonly sender: string; readonly text: string } | undefined {
    const command = this.#signed(post);
    if (command === undefined || command.expires <= this.#now()) return undefined;
    const heardIn = this.#heard.placeOf(command.nonce);
    if (heardIn !== undefined && heardIn !== post.id) return undefined;
    // Before anything is stored of it: whoever reads the same post once more is told the same.
    if (heardIn === undefined) this.#heard.spend(command.nonce, command.expires, post.id);
    return { sender: command.user, text: command.text };
  }

  #signed({ channelId, props }: Pick<Post, 'channelId' | 'props'>): Read | undefined {
    const command = objectAt(objectAt(props, ownProps), 'command');
    const [user, text, nonce, mac] = ['user', 'text', 'nonce', 'mac'].map((key) => textAt(command, key));
    const expires = numberAt(command, 'expires');
    if (!isId(user) || text === undefined || nonce === undefined || mac === undefined || expires === undefined) return undefined;
    const read = { channelId, user, text, nonce, expires };
    return this.#signatures.isTheirs(partsOf(read), mac) ? read : undefined;
  }
}

const partsOf = ({ channelId, user, text, nonce, expires }: Read) => ['command', channelId, user, text, nonce, expires] as const;
