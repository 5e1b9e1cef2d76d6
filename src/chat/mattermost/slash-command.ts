import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { Prefix } from '#core/command.ts';
import { bold, code, paragraph } from '#core/rich-text.ts';

import { reason, type Log } from '../common/log.ts';
import { commandTexts, type CommandTexts } from './callback-texts.ts';
import type { ServerClient } from './client.ts';
import { isId, ownProps } from './post.ts';
import type { SignedCommands } from './signed-command.ts';
import { isForbidden, isNotFound, isRefusal, ServerError } from './server-error.ts';
import { fittedMarkdown } from './text-limit.ts';

export type SlashCommandOptions = {
  readonly client: Pick<ServerClient, 'ask'>;
  readonly own: { readonly userId: string; readonly userName: string };
  /** Of all slash commands that lead here: each team's has its own. */
  readonly tokens: readonly string[];
  readonly prefixes: readonly Prefix[];
  readonly commands: Pick<SignedCommands, 'sign'>;
  /** Whether the bot works in this channel. */
  readonly serves: (channelId: string) => boolean | Promise<boolean>;
  readonly log: Log;
};

/** The part of the call that counts. Source: app/command.go `DoCommandRequest`. */
type Call = {
  readonly trigger: string;
  readonly text: string;
  readonly userId: string;
  readonly userName: string;
  readonly channelId: string;
  readonly channelName: string;
  readonly rootId: string | undefined;
  readonly triggerId: string;
};

/** Of the quotation; the command itself is kept as it was typed. */
const mostShownRunes = 1000;
const mostRemembered = 1000;
const tellEveryMs = 60_000;
/** An attempt before this one may still be under way. Source: app/post.go `deduplicateCreatePost`. */
const retryAfterMs = 1000;

/**
 * `/img a red fox`: the bot says in the channel who asked for what, and its own post, which comes back with the news as every other one does,
 * is that person's message. So it is stored exactly once, whatever became of this call. A bot can't react to what a slash command is
 * answered with: the server posts it in the name of whoever typed it, as a webhook's.
 */
export class SlashCommand {
  readonly #options: SlashCommandOptions;
  /** What was answered to calls that a proxy may repeat, by their ids. */
  readonly #answers = new Map<string, Promise<string | undefined>>();

  #toldAtMs = -Infinity;

  constructor(options: SlashCommandOptions) {
    this.#options = options;
  }

  /**
   * Never rejects.
   * @param form as the server sent it
   * @param deadline ends what is asked of the server
   * @returns a sentence for whoever typed it, where there is one to say
   */
  async answer(form: URLSearchParams, deadline: AbortSignal): Promise<string | undefined> {
    const { tokens, prefixes } = this.#options;
    const prefix = prefixOf(prefixes, form.get('command') ?? '');
    const texts = commandTexts[prefix.language];
    if (!isAmong(tokens, form.get('token') ?? '')) {
      this.#tellWrongToken();
      return texts.wrongToken;
    }
    const call = readCall(form);
    const text = `${prefix.text} ${call?.text ?? ''}`.trim();
    if (call === undefined) return texts.refused(example(text));
    const known = call.triggerId === '' ? undefined : this.#answers.get(call.triggerId);
    const answer = known ?? this.#post(call, text, texts, deadline);
    if (call.triggerId !== '') this.#remember(call.triggerId, answer);
    return answer;
  }

  async #post(call: Call, text: string, texts: CommandTexts, deadline: AbortSignal): Promise<string | undefined> {
    const { own, serves, log } = this.#options;
    let hasTried = false;
    try {
      if (!(await this.#isMember(call.channelId, deadline)))
        return isDirect(call) ? texts.notHere(`@${own.userName}`) : texts.invite(`@${own.userName}`);
      if (!(await serves(call.channelId))) return texts.notServed(`@${own.userName}`);
      hasTried = true;
      await this.#create(this.#body(call, text), deadline);
      return undefined;
    } catch (error) {
      log.warn({ reason: reason(error) }, 'A slash command could not be posted');
      if (!isRefusal(error)) return hasTried ? texts.uncertain(example(text)) : texts.unreachable(example(text));
      const id = error instanceof ServerError ? error.id : undefined;
      if (id === 'api.post.create_post.can_not_post_to_deleted.error') return texts.archived;
      return id === 'api.post.create_post.root_id.app_error' ? texts.threadGone : texts.refused(example(text));
    }
  }

  #body({ trigger, text: typed, userId, userName, channelId, rootId, triggerId }: Call, text: string): object {
    const { own, commands } = this.#options;
    const shown = `${trigger} ${typed}`.replace(/\s+/g, ' ').trim();
    // The server forgets this id after half a minute; it counts for everybody on the server, so the bot's own id is part of it.
    const id = triggerId === '' ? randomUUID() : digest(triggerId).toString('hex').slice(0, 32);
    return {
      channel_id: channelId,
      ...(rootId === undefined ? {} : { root_id: rootId }),
      message: fittedMarkdown([paragraph(bold(userName), ': ', code(shown))], mostShownRunes),
      pending_post_id: `${own.userId}:command:${id}`,
      props: { [ownProps]: commands.sign({ channelId, user: userId, text }), unsafe_links: 'true' },
    };
  }

  /** Twice at most, under the same id. */
  async #create(body: object, deadline: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const timeoutMs = attemptMs;
    try {
      await client.ask({ method: 'POST', path: '/posts', body, timeoutMs, signal: deadline });
    } catch (error) {
      if (isRefusal(error) || deadline.aborted) throw error;
      await delay(Math.max(retryAfterMs, error instanceof ServerError ? (error.retryAfterMs ?? 0) : 0), undefined, { signal: deadline });
      await client.ask({ method: 'POST', path: '/posts', body, timeoutMs, signal: deadline });
    }
  }

  /** An administrator's bot may post where it is no member, but hears nothing there. */
  async #isMember(channelId: string, deadline: AbortSignal): Promise<boolean> {
    const { client, own } = this.#options;
    try {
      await client.ask({ method: 'GET', path: `/channels/${channelId}/members/${own.userId}`, timeoutMs: attemptMs, signal: deadline });
      return true;
    } catch (error) {
      if (isForbidden(error) || isNotFound(error)) return false;
      throw error;
    }
  }

  /** Anybody can cause it who reaches the address. */
  #tellWrongToken(): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldAtMs < tellEveryMs) return;
    this.#toldAtMs = nowMs;
    this.#options.log.warn({}, 'A slash command came with a token that is not configured');
  }

  #remember(triggerId: string, answer: Promise<string | undefined>): void {
    this.#answers.set(triggerId, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > mostRemembered && oldest !== undefined) this.#answers.delete(oldest);
  }
}

/** Two of them, and the question before, lie within the time that the server waits. */
const attemptMs = 7000;

function readCall(form: URLSearchParams): Call | undefined {
  const [user, channelId] = [form.get('user_id') ?? '', form.get('channel_id') ?? ''];
  if (!isId(user) || !isId(channelId)) return undefined;
  const rootId = form.get('root_id') ?? '';
  return {
    trigger: form.get('command') ?? '',
    text: form.get('text') ?? '',
    userId: user,
    userName: form.get('user_name') ?? '',
    channelId,
    channelName: form.get('channel_name') ?? '',
    rootId: isId(rootId) ? rootId : undefined,
    triggerId: form.get('trigger_id') ?? '',
  };
}

/** The prefix whose word the trigger is, as `/bild` is `!bild`'s; the first one for all others. */
export function prefixOf(prefixes: readonly Prefix[], trigger: string): Prefix {
  const word = wordOf(trigger);
  return prefixes.find(({ text }) => wordOf(text) === word) ?? prefixes[0] ?? { text: '!img', language: 'en' };
}

const wordOf = (text: string): string => text.replace(/^[^\p{L}\p{N}]+/u, '').toLowerCase();

/** Short and safe to show as it is. */
const example = (text: string): string => `\`${/^\S{1,20}(?= |$)/.exec(text)?.[0].replaceAll('`', '') ?? ''} …\``;

/** Of two people, neither of them the bot: nobody can be added. Source: model/channel.go `GetDMNameFromIds`, `GetGroupNameFromUserIds`. */
const isDirect = ({ channelName }: Call): boolean => /^(?:[a-z0-9]{26}__[a-z0-9]{26}|[0-9a-f]{40})$/.test(channelName);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares with each of them, in a time that tells nothing about where secrets differ. */
function isAmong(secrets: readonly string[], secret: string): boolean {
  const given = digest(secret);
  return secrets.map((each) => timingSafeEqual(digest(each), given)).includes(true);
}
