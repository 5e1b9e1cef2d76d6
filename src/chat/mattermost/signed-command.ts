import { randomBytes } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

import { numberAt, objectAt, textAt, type RawObject } from '../common/raw.ts';
import { isId, ownProps, type Post } from './post.ts';
import { Signatures } from './signatures.ts';

const heardPrefix = 'command:';
/** For which a command that was posted may be read; who was away for longer does not carry it out any more. */
export const commandLifeMs = 30 * 24 * 3600 * 1000;
const pruneEveryMs = 24 * 3600 * 1000;

/** What somebody typed as a slash command. */
export type TypedCommand = { readonly channelId: string; readonly user: string; readonly text: string };

type Read = TypedCommand & { readonly nonce: string; readonly expires: number };

/**
 * A slash command stands in its channel as a post of the bot's, whose props say whose it is. The props of any post can be rewritten by whoever
 * may edit what others wrote (`edit_others_posts`), so they are signed, for one channel, and count on one post only.
 * Source: api4/post.go `patchPost`.
 */
export class SignedCommands {
  readonly #memory: PlatformMemory;
  readonly #now: () => number;
  readonly #signatures: Signatures;
  #prunedAtMs = -Infinity;

  /** @param now milliseconds, by a clock that goes on across restarts */
  constructor(memory: PlatformMemory, now: () => number) {
    this.#memory = memory;
    this.#now = now;
    this.#signatures = new Signatures(memory);
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
    const [key, note] = [heardPrefix + command.nonce, `${post.id} ${command.expires}`];
    const heard = this.#memory.get(key);
    if (heard !== undefined && heard !== note) return undefined;
    // Before anything is stored of it: whoever reads the same post once more is told the same.
    if (heard === undefined) this.#note(key, note);
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

  /** With it goes, once a day, what has expired. */
  #note(key: string, note: string): void {
    const now = this.#now();
    const isTime = now - this.#prunedAtMs >= pruneEveryMs;
    if (isTime) this.#prunedAtMs = now;
    const old = isTime ? this.#memory.entries(heardPrefix).filter(([, known]) => !(Number(known.split(' ')[1]) > now)) : [];
    this.#memory.together(() => {
      this.#memory.set(key, note);
      for (const [expired] of old) this.#memory.delete(expired);
    });
  }
}

const partsOf = ({ channelId, user, text, nonce, expires }: Read) => ['command', channelId, user, text, nonce, expires] as const;
