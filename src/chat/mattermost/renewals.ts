import { eventId, roomId, type EventId } from '#core/types.ts';

import { pause } from '../common/backoff.ts';
import { Chores } from '../common/chores.ts';
import type { Log } from '../common/log.ts';
import { verbsOn, type ButtonVerb, type SignedButtons } from './buttons.ts';
import type { ServerClient } from './client.ts';
import type { EditTurns } from './edit-turns.ts';
import { deliveryOf, readPost } from './post.ts';
import { isRefusal, ServerError } from './server-error.ts';

/**
 * Whether what such a button is about is still open: a job that can be stopped, a question that nobody answered. True for a message that
 * the bot does not know yet, as when nobody told it that it was posted.
 */
export type IsOpen = (message: EventId, verb: ClosingVerb) => boolean;
export type ClosingVerb = 'stop' | 'yes' | 'no';

export const isClosing = (verb: ButtonVerb | undefined): verb is ClosingVerb => verb === 'stop' || verb === 'yes' || verb === 'no';

/** How long the bot is given to act on a press before its message is looked at. */
const longestWaitMs = 3000;
const lookEveryMs = 100;
/** Within which one message is not renewed again because somebody pressed an old button of it. */
const restMs = 60_000;
const mostRemembered = 1000;

export type RenewalsOptions = {
  readonly client: Pick<ServerClient, 'ask'>;
  readonly ownUserId: string;
  readonly buttons: SignedButtons;
  readonly isOpen: IsOpen;
  /** What a message offers is looked up and changed in one go. */
  readonly turns: EditTurns;
  readonly log: Log;
  /** 0 … 1, for the pauses. */
  readonly random: () => number;
  /** Ends everything under way when the platform closes. */
  readonly signal: AbortSignal;
};

/**
 * Gives a message new buttons after one was pressed. Not by the `update` that the server would take as the answer to a press: it writes the
 * message back as well, over what the bot has changed meanwhile, and hands signed contexts to whoever called. A patch of the props alone
 * leaves the words as they are and is not forbidden by `PostEditTimeLimit`. Source: api4/post.go `patchPost`.
 */
export class Renewals {
  readonly #options: RenewalsOptions;
  readonly #chores: Chores;
  /** By message, in milliseconds of the machine's own clock. */
  readonly #renewedAt = new Map<string, number>();

  constructor(options: RenewalsOptions) {
    this.#options = options;
    const { signal, log, random } = options;
    this.#chores = new Chores({ signal, log, random, isRefusal });
  }

  /** @param transaction delivery that the message came from. @param nonce of the press */
  afterPress(postId: string, transaction: string, verb: ButtonVerb, nonce: string): void {
    this.#begin(nonce, postId, transaction, verb);
  }

  /** An old button is still there where the bot was ended before it gave its message new ones. */
  forOldButton(postId: string, transaction: string): void {
    const before = this.#renewedAt.get(postId);
    if (before === undefined || performance.now() - before > restMs) this.#begin(`old ${postId}`, postId, transaction, undefined);
  }

  /** What ended by itself can't be stopped any more. */
  afterEnd(postId: string): void {
    this.#begin(`end ${postId}`, postId, undefined, undefined);
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#chores.settled();
  }

  #begin(name: string, postId: string, transaction: string | undefined, pressed: ButtonVerb | undefined): void {
    this.#chores.add(name, 'New buttons of a message', async () => {
      await this.#untilDone(postId, pressed);
      await this.#options.turns.of(postId, async () => this.#renew(postId, transaction, pressed));
      this.#remember(postId);
    });
  }

  /** What ends by being pressed is not offered again, unless whoever pressed it may not end it: the bot knows in a moment. */
  async #untilDone(postId: string, pressed: ButtonVerb | undefined): Promise<void> {
    const { signal } = this.#options;
    if (!isClosing(pressed)) return;
    for (let waitedMs = 0; waitedMs < longestWaitMs && this.#isOffered(postId, pressed); waitedMs += lookEveryMs) {
      await pause(lookEveryMs, signal);
      if (signal.aborted) throw new ServerError('given up because the bot is stopping');
    }
  }

  async #renew(postId: string, transaction: string | undefined, pressed: ButtonVerb | undefined): Promise<void> {
    const { client, ownUserId, buttons } = this.#options;
    const post = readPost(await client.ask({ method: 'GET', path: `/posts/${postId}` }));
    const delivery = post && deliveryOf(post);
    if (post?.userId !== ownUserId || delivery === undefined || delivery !== (transaction ?? delivery)) return;
    const offered = verbsOn(post.props);
    // Enlarged again, it would be the same picture.
    const wanted = offered.filter((verb) => !(verb === 'larger' && pressed === 'larger') && this.#isOffered(postId, verb));
    if (offered.length === 0 || (transaction === undefined && wanted.length === offered.length)) return;
    const { attachments: _, ...props } = post.props;
    const attachments = buttons.attachments(delivery, wanted, roomId(post.channelId));
    // A patch replaces all props.
    const patched = attachments.length === 0 ? props : { ...props, attachments };
    await client.ask({ method: 'PUT', path: `/posts/${postId}/patch`, body: { props: patched } });
  }

  #isOffered(postId: string, verb: ButtonVerb): boolean {
    return !isClosing(verb) || this.#options.isOpen(eventId(postId), verb);
  }

  #remember(postId: string): void {
    this.#renewedAt.delete(postId);
    this.#renewedAt.set(postId, performance.now());
    const [oldest] = this.#renewedAt.keys();
    if (this.#renewedAt.size > mostRemembered && oldest !== undefined) this.#renewedAt.delete(oldest);
  }
}
