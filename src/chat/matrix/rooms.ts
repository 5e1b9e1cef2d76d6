import type { PlatformMemory } from '#core/ports.ts';

import type { BotClient } from './client.ts';
import { isNotFound } from './homeserver-error.ts';
import { administers } from './power.ts';
import { isObject, objectAt, textAt, type RawObject } from '../common/raw.ts';

/**
 * What the bot has to know about its rooms. Answers are kept until the sync stream says that they changed; a failed
 * question is asked again the next time.
 */
export class Rooms {
  readonly #client: BotClient;
  readonly #memory: PlatformMemory;
  readonly #answers = new Map<string, Map<string, Promise<unknown>>>();

  constructor(client: BotClient, memory: PlatformMemory) {
    this.#client = client;
    this.#memory = memory;
  }

  /**
   * Whether messages there are encrypted. Only the server's plain «there is no such state» means that they are not;
   * every other failure rejects. What was encrypted once stays so, whatever the server says later.
   */
  async isEncrypted(roomId: string): Promise<boolean> {
    if (this.#memory.get(encryptedKey(roomId)) !== undefined) return true;
    const state = await this.#kept(roomId, 'm.room.encryption', async () => this.#state(roomId, 'm.room.encryption'));
    if (state === undefined) return false;
    this.#memory.set(encryptedKey(roomId), 'yes');
    return true;
  }

  /**
   * The content of `m.room.encryption`, of an encrypted room. Rejects when the server can't be asked. What is no
   * longer there, or names no algorithm any more, is what it was when it did: encryption is never taken back.
   */
  async encryption(roomId: string): Promise<RawObject> {
    const content = await this.#kept(roomId, 'm.room.encryption', async () => this.#state(roomId, 'm.room.encryption'));
    if (textAt(content, 'algorithm') !== undefined) {
      const known = JSON.stringify(content);
      if (this.#memory.get(settingsKey(roomId)) !== known) this.#memory.set(settingsKey(roomId), known);
      return content ?? {};
    }
    return JSON.parse(this.#memory.get(settingsKey(roomId)) ?? '{}') as RawObject;
  }

  /** The event that began the encryption, where the bot saw it: what was written before it is rightly in the clear. */
  encryptionBegan(roomId: string): string | undefined {
    const known = this.#memory.get(encryptedKey(roomId));
    return known === undefined || known === 'yes' ? undefined : known;
  }

  /**
   * Everybody who is to be able to read what is sent now: the members, and the invited unless the room shows people
   * only what is written after they have joined. Rejects when the server can't be asked.
   */
  async readers(roomId: string): Promise<ReadonlySet<string>> {
    const [visibility, joined] = await Promise.all([this.historyVisibility(roomId), this.#joined(roomId)]);
    return new Set(visibility === 'joined' ? joined : [...joined, ...(await this.#invited(roomId))]);
  }

  /** How much of the past the room shows to whom; `shared` where it doesn't say, as the specification has it. */
  async historyVisibility(roomId: string): Promise<string> {
    const state = await this.#kept(roomId, 'm.room.history_visibility', async () => this.#state(roomId, 'm.room.history_visibility'));
    return textAt(state, 'history_visibility') ?? 'shared';
  }

  /** `fresh` asks the server whatever is known. Rejects when the server can't be asked. */
  async isAdmin(roomId: string, user: string, fresh = false): Promise<boolean> {
    if (fresh) this.#answers.get(roomId)?.delete('m.room.power_levels');
    const [create, levels] = await Promise.all([
      this.#kept(roomId, 'm.room.create', () => this.#createEvent(roomId)),
      this.#kept(roomId, 'm.room.power_levels', () => this.#state(roomId, 'm.room.power_levels')),
    ]);
    return administers(user, create, levels);
  }

  /** Whether the bot and one person are alone there, with nobody else invited. */
  async isDirect(roomId: string): Promise<boolean> {
    return (await this.#joined(roomId)).length === 2 && (await this.#invited(roomId)).length === 0;
  }

  /** Drops what these state events, or a gap in the timeline, made doubtful. */
  refresh(roomId: string, events: readonly RawObject[], everything: boolean): void {
    const answers = this.#answers.get(roomId);
    if (everything) this.#answers.delete(roomId);
    for (const event of events) {
      const type = textAt(event, 'type');
      if (type === 'm.room.encryption' && event['state_key'] === '') this.#rememberEncrypted(roomId, event);
      if (type !== undefined && event['state_key'] !== undefined) answers?.delete(type);
      if (type === 'm.room.member') answers?.delete(invitedQuestion);
    }
  }

  forget(roomId: string): void {
    this.#answers.delete(roomId);
  }

  /** Something may have changed without being told: everything is asked anew. */
  forgetAll(): void {
    this.#answers.clear();
  }

  #rememberEncrypted(roomId: string, event: RawObject): void {
    if (this.#memory.get(encryptedKey(roomId)) === undefined) this.#memory.set(encryptedKey(roomId), textAt(event, 'event_id') ?? 'yes');
  }

  async #joined(roomId: string): Promise<readonly string[]> {
    return this.#kept(roomId, 'm.room.member', async () => this.#client.getJoinedRoomMembers(roomId));
  }

  async #invited(roomId: string): Promise<readonly string[]> {
    return this.#kept(roomId, invitedQuestion, async () => {
      const events = await this.#client.getRoomMembersByMembership(roomId, 'invite');
      return events.map((event) => event.membershipFor);
    });
  }

  async #state(roomId: string, type: string): Promise<RawObject | undefined> {
    try {
      const content: unknown = await this.#client.getRoomStateEvent(roomId, type, '');
      return isObject(content) ? content : {};
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The whole event, because since room version 11 only its sender says who made the room. */
  async #createEvent(roomId: string): Promise<RawObject> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.create/`;
    const answer: unknown = await this.#client.doRequest('GET', path, { format: 'event' });
    if (textAt(answer, 'sender') !== undefined && isObject(answer) && isObject(answer['content'])) return answer;
    // A server that doesn't know `format` answers the content alone.
    if (textAt(answer, 'creator') !== undefined) return { content: objectAt({ answer }, 'answer') };
    const state: readonly unknown[] = await this.#client.getRoomState(roomId);
    return state.filter(isObject).find((event) => event['type'] === 'm.room.create') ?? {};
  }

  async #kept<Answer>(roomId: string, question: string, ask: () => Promise<Answer>): Promise<Answer> {
    let answers = this.#answers.get(roomId);
    if (!answers) this.#answers.set(roomId, (answers = new Map()));
    const known = answers.get(question);
    if (known) return known as Promise<Answer>;
    const answer = ask();
    answers.set(question, answer);
    answer.catch(() => {
      if (answers.get(question) === answer) answers.delete(question);
    });
    return answer;
  }
}

const invitedQuestion = 'm.room.member invite';

/** The id of the event that began it, or `yes`. */
const encryptedKey = (roomId: string): string => `encrypted:${roomId}`;
const settingsKey = (roomId: string): string => `encryption-settings:${roomId}`;
