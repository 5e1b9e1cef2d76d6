/**
 * Buttons under the bot's messages, each of which does what a reaction does. They need an address at which the server reaches the bot;
 * where there is none, reactions and commands do it all.
 */
import type { Delivery, PlatformMemory } from '#core/ports.ts';
import type { Language, RoomId } from '#core/types.ts';

import { objectsAt, textAt, type RawObject } from '../common/raw.ts';
import { buttonNames } from './callback-texts.ts';
import { ContextSigner } from './signed-context.ts';

/** What a button does, and its id: letters and digits only. Source: api4/integration_action.go, the route of a press. */
export const buttonVerbs = ['stop', 'again', 'larger', 'keep', 'vary', 'yes', 'no'] as const;
export type ButtonVerb = (typeof buttonVerbs)[number];

/** The reaction that does the same. */
export const reactionOf = {
  stop: '❌',
  again: '🔁',
  larger: '⬆️',
  keep: '⭐',
  vary: '🎨',
  yes: '👍',
  no: '👎',
} as const satisfies Record<ButtonVerb, string>;

/** As the server knows them. Source: model/integration_action.go, `PostAction.Style`. */
const styles: Readonly<Record<ButtonVerb, string>> = {
  stop: 'danger',
  again: 'default',
  larger: 'default',
  keep: 'default',
  vary: 'default',
  yes: 'good',
  no: 'default',
};

export const toVerb = (text: string | undefined): ButtonVerb | undefined => buttonVerbs.find((verb) => verb === text);

export interface Buttons {
  /** For `props.attachments` of a new message; empty for what has no buttons. */
  attachmentsFor(delivery: Delivery): readonly object[];
}

export type SignedButtonsOptions = {
  readonly memory: PlatformMemory;
  /** Where the server reaches the bot, without a trailing slash. */
  readonly url: string;
  /** The room's own language, or the bot's. */
  readonly languageOf: (room: RoomId) => Language;
  /** Milliseconds, by a clock that goes on across restarts. */
  readonly now: () => number;
};

export class SignedButtons implements Buttons {
  readonly signer: ContextSigner;
  readonly #options: SignedButtonsOptions;

  constructor(options: SignedButtonsOptions) {
    this.#options = options;
    this.signer = new ContextSigner(options.memory, options.now);
  }

  attachmentsFor({ content, event, roomId: room, transactionId }: Delivery): readonly object[] {
    if (content.kind !== 'text' && content.kind !== 'image') return [];
    return this.attachments(transactionId, verbsFor(event?.type), room);
  }

  /** Signed anew; empty where there are no verbs. */
  attachments(transaction: string, verbs: readonly ButtonVerb[], room: RoomId): readonly object[] {
    if (verbs.length === 0) return [];
    const names = buttonNames[this.#options.languageOf(room)];
    return [
      {
        actions: verbs.map((verb) => ({
          id: verb,
          name: `${reactionOf[verb]} ${names[verb]}`,
          type: 'button',
          style: styles[verb],
          integration: { url: `${this.#options.url}${buttonsPath}`, context: this.signer.sign(transaction, verb) },
        })),
      },
    ];
  }
}

/** Below the configured address. */
export const buttonsPath = '/buttons';

function verbsFor(type: NonNullable<Delivery['event']>['type'] | undefined): readonly ButtonVerb[] {
  switch (type) {
    case 'ack':
      return ['stop'];
    case 'image':
      return ['again', 'larger', 'keep', 'vary'];
    case 'ask':
      return ['yes', 'no'];
    default:
      return [];
  }
}

/** Verbs that a message offers, as its props say, in which the server leaves out all but names and ids. */
export const verbsOn = (props: RawObject): readonly ButtonVerb[] =>
  objectsAt(props, 'attachments').flatMap((attachment) =>
    objectsAt(attachment, 'actions').flatMap((action) => toVerb(textAt(action, 'id')) ?? []),
  );
