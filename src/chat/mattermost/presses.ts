import { prefixFor, type Prefix } from '#core/command.ts';
import { isDiskFull } from '#core/errors.ts';
import type { Inbox } from '#core/ports.ts';
import { eventId, roomId, userId, type Language, type RoomId } from '#core/types.ts';
import { verbs } from '#core/verbs.ts';

import { pause } from '../common/backoff.ts';
import { reason, type Log } from '../common/log.ts';
import { objectAt, textAt } from '../common/raw.ts';
import { reactionOf, toVerb, type ButtonVerb, type SignedButtons } from './buttons.ts';
import { pressTexts, type PressTexts } from './callback-texts.ts';
import type { ServerClient } from './client.ts';
import type { InteractionsOptions } from './interactions.ts';
import type { People } from './people.ts';
import { deliveryOf, isId, readPost, type Post } from './post.ts';
import { isClosing, type IsOpen, type Renewals } from './renewals.ts';
import { isRefusal } from './server-error.ts';
import type { SignedContext } from './signed-context.ts';

export type PressesOptions = {
  readonly client: Pick<ServerClient, 'ask'>;
  readonly ownUserId: string;
  readonly inbox: Inbox;
  readonly people: Pick<People, 'isBot' | 'isAdmin'>;
  readonly buttons: SignedButtons;
  readonly renewals: Pick<Renewals, 'afterPress' | 'forOldButton'>;
  readonly isOpen: IsOpen;
  readonly isKnown: InteractionsOptions['isKnown'];
  /** Whether the bot works in this channel. */
  readonly serves: (channelId: string) => boolean | Promise<boolean>;
  readonly languageOf: (room: RoomId) => Language;
  readonly prefixes: readonly Prefix[];
  readonly now: () => number;
  readonly log: Log;
};

/** So long a message may stay unknown that was pressed on. */
const mostUnknownMs = 10_000;
const lookEveryMs = 50;

/** What the server says about a press; believed only with a context that the bot signed. Source: model/integration_action.go. */
type Call = { readonly userId: string; readonly channelId: string; readonly postId: string; readonly context: unknown };

/** A press is stored as the reaction that does the same: once, and what it may is decided as for a reaction. */
export class Presses {
  readonly #options: PressesOptions;

  constructor(options: PressesOptions) {
    this.#options = options;
  }

  /**
   * Never rejects.
   * @param body as the server sent it
   * @param deadline ends what is asked of the server
   * @returns a sentence for whoever pressed, where there is one to say
   */
  async answer(body: unknown, deadline: AbortSignal): Promise<string | undefined> {
    const { buttons, renewals, languageOf, log } = this.#options;
    const call = readCall(body);
    const texts = pressTexts[languageOf(roomId(call?.channelId ?? ''))];
    if (call === undefined) return texts.unknown;
    const read = buttons.signer.read(call.context);
    const verb = read.state === 'unknown' ? undefined : toVerb(read.context.verb);
    if (read.state === 'unknown' || verb === undefined) return texts.unknown;
    if (read.state === 'expired') return texts.expired(reactionOf[verb]);
    if (read.state === 'used') {
      renewals.forOldButton(call.postId, read.context.transaction);
      return texts.used;
    }
    try {
      return await this.#press(call, read.context, verb, texts, deadline);
    } catch (error) {
      log.warn({ reason: reason(error) }, 'A button was pressed, but the Mattermost server could not be asked about it');
      return texts.unreachable(reactionOf[verb]);
    }
  }

  async #press(
    call: Call,
    context: SignedContext,
    verb: ButtonVerb,
    texts: PressTexts,
    deadline: AbortSignal,
  ): Promise<string | undefined> {
    const { people, serves, isOpen, renewals } = this.#options;
    const post = await this.#ownPost(call, context, deadline);
    if (post === undefined) return texts.gone;
    if (!(await serves(post.channelId))) return texts.notServed;
    const [isMember, isBot, isAdmin] = await before(
      deadline,
      Promise.all([
        this.#isMember(post.channelId, call.userId, deadline),
        people.isBot(call.userId),
        people.isAdmin(post.channelId, call.userId, false),
      ]),
    );
    if (!isMember) return texts.notMember;
    if (isBot) return undefined;
    if (!(await this.#isKnown(post.id, deadline))) return texts.unreachable(reactionOf[verb]);
    if (isClosing(verb) && !isOpen(eventId(post.id), verb)) {
      renewals.afterPress(post.id, context.transaction, verb, context.nonce);
      return verb === 'stop' ? texts.nothingToStop : texts.answered;
    }
    return this.#store(call, post, context, verb, isAdmin, texts);
  }

  /** Synchronous from the look at the nonce to its use, so that of two presses at once only one counts. */
  #store(call: Call, post: Post, context: SignedContext, verb: ButtonVerb, isAdmin: boolean, texts: PressTexts): string | undefined {
    const { inbox, buttons, renewals, languageOf, prefixes, now, log } = this.#options;
    if (buttons.signer.read(context).state !== 'valid') return texts.used;
    const room = roomId(post.channelId);
    try {
      inbox.accept(
        [
          {
            kind: 'reaction',
            platform: 'mattermost',
            roomId: room,
            eventId: eventId(`press:${context.nonce}`),
            sender: userId(call.userId),
            target: eventId(post.id),
            emoji: reactionOf[verb],
            isAdmin,
            receivedAtMs: now(),
          },
        ],
        undefined,
        () => buttons.signer.use(context),
      );
    } catch (error) {
      // Whoever watches the store says so of a full disk, once.
      if (!isDiskFull(error)) log.error({ reason: reason(error) }, 'A pressed button could not be stored');
      return texts.notKept;
    }
    renewals.afterPress(post.id, context.transaction, verb, context.nonce);
    if (verb !== 'keep') return undefined;
    const language = languageOf(room);
    // The bot says nothing to a ⭐, which everybody sees: a press nobody sees.
    return texts.kept(`\`${prefixFor(prefixes, language)} ${verbs.gallery.names[language][0]}\``);
  }

  /**
   * The message that the context was signed for, in the channel of the call; `undefined` where it is gone, or another one. A context can be
   * known to others once its message is deleted, and is worth nothing from then on.
   */
  async #ownPost({ postId, channelId }: Call, { transaction }: SignedContext, deadline: AbortSignal): Promise<Post | undefined> {
    const { client, ownUserId } = this.#options;
    try {
      const post = readPost(await client.ask({ method: 'GET', path: `/posts/${postId}`, signal: deadline }));
      const isIt = post?.userId === ownUserId && post.id === postId && post.channelId === channelId && post.deleteAtMs === 0;
      return isIt && deliveryOf(post) === transaction ? post : undefined;
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  /** Whoever is quick presses before the bot has heard that its message was posted, or that an attempt of which it heard nothing was one. */
  async #isKnown(postId: string, deadline: AbortSignal): Promise<boolean> {
    for (let waitedMs = 0; waitedMs <= mostUnknownMs && !deadline.aborted; waitedMs += lookEveryMs) {
      if (this.#options.isKnown(eventId(postId))) return true;
      await pause(lookEveryMs, deadline);
    }
    return false;
  }

  /** Whoever can read a public channel can press; only its members can react. Source: app/integration_action.go, model/role.go. */
  async #isMember(channelId: string, member: string, deadline: AbortSignal): Promise<boolean> {
    try {
      await this.#options.client.ask({ method: 'GET', path: `/channels/${channelId}/members/${member}`, signal: deadline });
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }
}

function readCall(body: unknown): Call | undefined {
  const [user, channelId, postId] = [textAt(body, 'user_id'), textAt(body, 'channel_id'), textAt(body, 'post_id')];
  if (!isId(user) || !isId(channelId) || !isId(postId)) return undefined;
  return { userId: user, channelId, postId, context: objectAt(body, 'context') };
}

/** Rejects when the deadline comes first. */
async function before<Answer>(deadline: AbortSignal, answer: Promise<Answer>): Promise<Answer> {
  deadline.throwIfAborted();
  const late = Promise.withResolvers<never>();
  const reject = (): void => late.reject(new Error('no answer of the Mattermost server in time'));
  deadline.addEventListener('abort', reject, { once: true });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    deadline.removeEventListener('abort', reject);
    answer.catch(() => {});
  }
}
