import type { PlatformMemory } from '#core/ports.ts';

import type { Chores } from '../common/chores.ts';
import type { BotClient } from './client.ts';
import type { Log } from '../common/log.ts';
import { isRefusal } from './homeserver-error.ts';
import { isObject, textAt } from '../common/raw.ts';
import type { Invitation } from './sync.ts';

/** Who may bring the bot into a room. Everybody else's invitation is rejected. */
export type AllowedInviters = {
  /** User ids such as `@ada:example.org`. */
  readonly users: readonly string[];
  /** Server names such as `example.org`. */
  readonly servers: readonly string[];
  /** Room ids into which anybody may invite. */
  readonly rooms: readonly string[];
};

export const isAllowed = (allowed: AllowedInviters, { roomId, inviter }: Invitation): boolean =>
  allowed.users.includes(inviter) || allowed.rooms.includes(roomId) || allowed.servers.includes(serverOf(inviter));

/** `@ada:example.org:8448` → `example.org:8448`. */
export const serverOf = (id: string): string => id.slice(id.indexOf(':') + 1);

const openKey = 'invitations';
const oldKey = 'invitations-before-first-start';

export type InvitationsOptions = {
  readonly client: BotClient;
  readonly allowed: AllowedInviters;
  readonly memory: PlatformMemory;
  readonly chores: Chores;
  readonly log: Log;
};

/**
 * Answers invitations. The server mentions each only once, so the open ones are remembered before the sync token
 * moves on, and taken up again after a restart.
 */
export class Invitations {
  readonly #options: InvitationsOptions;

  constructor(options: InvitationsOptions) {
    this.#options = options;
  }

  /** Remembers; `old` marks those that were there before the bot's first start. */
  remember(invitations: readonly Invitation[], old = false): void {
    if (invitations.length === 0 && !old) return;
    const rooms = new Set(invitations.map((invitation) => invitation.roomId));
    this.#write([...this.#open().filter(({ roomId }) => !rooms.has(roomId)), ...invitations]);
    if (old) this.#options.memory.set(oldKey, JSON.stringify([...rooms]));
  }

  isOld(roomId: string): boolean {
    const stored = parse(this.#options.memory.get(oldKey));
    return Array.isArray(stored) && stored.includes(roomId);
  }

  /** Joins or rejects in the background. */
  answer(): void {
    for (const invitation of this.#open()) {
      this.#options.chores.add(`invitation ${invitation.roomId}`, 'Answering an invitation', () => this.#answerOne(invitation));
    }
  }

  async #answerOne(invitation: Invitation): Promise<void> {
    const { client, allowed, log } = this.#options;
    const { roomId, inviter } = invitation;
    try {
      if (isAllowed(allowed, invitation)) {
        await client.joinRoom(roomId, inviter === '' ? [] : [serverOf(inviter)]);
        log.info({ roomId }, 'Joined a room by invitation');
      } else {
        await client.leaveRoom(roomId);
        log.warn({ roomId, server: serverOf(inviter) }, 'Rejected an invitation: neither its sender nor its room is on the allow-list');
      }
    } catch (error) {
      // A refusal ends it: the invitation was withdrawn, or the room is closed.
      if (isRefusal(error)) this.#forget(roomId);
      throw error;
    }
    this.#forget(roomId);
  }

  #forget(roomId: string): void {
    this.#write(this.#open().filter((open) => open.roomId !== roomId));
  }

  #open(): readonly Invitation[] {
    const stored = parse(this.#options.memory.get(openKey));
    if (!Array.isArray(stored)) return [];
    return stored.filter(isObject).flatMap((entry) => {
      const roomId = textAt(entry, 'roomId');
      const inviter = textAt(entry, 'inviter');
      return roomId === undefined || inviter === undefined ? [] : [{ roomId, inviter }];
    });
  }

  #write(open: readonly Invitation[]): void {
    this.#options.memory.set(openKey, JSON.stringify(open));
  }
}

function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
