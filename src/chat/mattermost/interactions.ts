import type { Prefix } from '#core/command.ts';
import type { Delivery, Inbox, PlatformMemory } from '#core/ports.ts';
import type { EventId, Language, RoomId } from '#core/types.ts';

import type { Log } from '../common/log.ts';
import { SignedButtons, type Buttons } from './buttons.ts';
import { Callbacks, commandPath } from './callbacks.ts';
import type { ServerClient } from './client.ts';
import type { EditTurns } from './edit-turns.ts';
import type { People } from './people.ts';
import { Presses } from './presses.ts';
import { Renewals, type IsOpen } from './renewals.ts';
import { SignedCommands } from './signed-command.ts';
import { SlashCommand } from './slash-command.ts';

export type InteractionsOptions = {
  readonly callback: {
    /** As the server reaches it, without a trailing slash. */
    readonly url: string;
    /** Where the bot listens. */
    readonly host: string;
    readonly port: number;
    /** Of slash commands; empty without any. */
    readonly commandTokens: readonly string[];
  };
  readonly memory: PlatformMemory;
  /** The room's own language, or the bot's. */
  readonly languageOf: (room: RoomId) => Language;
  readonly prefixes: readonly Prefix[];
  readonly isOpen: IsOpen;
  /** Whether the bot knows of this message that it is its own: the server has told it, and it was noted. */
  readonly isKnown: (message: EventId) => boolean;
  readonly log: Log;
  /** Milliseconds, by a clock that goes on across restarts. */
  readonly now: () => number;
  /** 0 … 1, for the pauses after failures. */
  readonly random: () => number;
};

/** What is known once the bot has joined its server. */
export type Joined = {
  readonly client: Pick<ServerClient, 'ask'>;
  readonly own: { readonly userId: string; readonly userName: string };
  readonly inbox: Inbox;
  /** Those of whoever else edits the bot's posts. */
  readonly turns: EditTurns;
  readonly people: Pick<People, 'isBot' | 'isAdmin'>;
  /** Whether the bot works in this channel. */
  readonly serves: (channelId: string) => boolean | Promise<boolean>;
  /** Ends what is under way when the platform closes. */
  readonly signal: AbortSignal;
  /** Until then calls are taken and wait. At once where absent. */
  readonly ready?: Promise<void>;
};

/** Buttons and slash commands, where the server reaches the bot. */
export class Interactions {
  readonly #options: InteractionsOptions;
  readonly #buttons: SignedButtons;
  #callbacks: Callbacks | undefined;
  #renewals: Renewals | undefined;

  constructor(options: InteractionsOptions) {
    this.#options = options;
    this.#buttons = new SignedButtons({ ...options, url: options.callback.url });
  }

  /** For the bot's own messages. */
  get buttons(): Buttons {
    return this.#buttons;
  }

  /** Resolves with the port. Rejects with a `SetupError` where it can't be had. */
  async listen(joined: Joined): Promise<number> {
    const { callback, memory, now, log } = this.#options;
    const buttons = this.#buttons;
    const renewals = new Renewals({ ...this.#options, ...joined, ownUserId: joined.own.userId, buttons });
    const presses = new Presses({ ...this.#options, ...joined, ownUserId: joined.own.userId, buttons, renewals });
    const tokens = callback.commandTokens;
    const commands = new SignedCommands(memory, now);
    const command = tokens.length === 0 ? undefined : new SlashCommand({ ...this.#options, ...joined, tokens, commands });
    const callbacks = new Callbacks({ ...callback, presses, command, ready: joined.ready, log });
    const port = await callbacks.listen();
    [this.#callbacks, this.#renewals] = [callbacks, renewals];
    const slashCommands = command === undefined ? {} : { slashCommands: `${callback.url}${commandPath}` };
    log.info({ host: callback.host, port, ...slashCommands }, 'Listening for the buttons of Mattermost');
    return port;
  }

  /** Call when a message was sent: the one that ends a job leaves nothing to stop. */
  sent({ content, event }: Delivery): void {
    if (content.kind === 'edit' && (event?.type === 'done' || event?.type === 'error')) this.#renewals?.afterEnd(content.target);
  }

  /** Call after `signal` was aborted; a later `listen` begins anew. */
  async close(): Promise<void> {
    const [callbacks, renewals] = [this.#callbacks, this.#renewals];
    [this.#callbacks, this.#renewals] = [undefined, undefined];
    await callbacks?.close();
    await renewals?.settled();
  }
}
