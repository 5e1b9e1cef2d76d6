/** What people read on buttons, after pressing one and after a slash command. Markdown; nothing in it comes from a person. */
import type { Language } from '#core/types.ts';

import type { ButtonVerb } from './buttons.ts';

export const buttonNames: Readonly<Record<Language, Readonly<Record<ButtonVerb, string>>>> = {
  en: { stop: 'Stop', again: 'Again', larger: 'Larger', keep: 'Keep', vary: 'Vary', yes: 'Yes', no: 'No' },
  de: { stop: 'Stopp', again: 'Nochmal', larger: 'Größer', keep: 'Merken', vary: 'Variieren', yes: 'Ja', no: 'Nein' },
};

export type PressTexts = {
  /** `reaction`: the one that does the same, such as 🔁. */
  readonly expired: (reaction: string) => string;
  readonly unknown: string;
  readonly used: string;
  readonly gone: string;
  readonly unreachable: (reaction: string) => string;
  readonly notKept: string;
  readonly notMember: string;
  readonly notServed: string;
  readonly nothingToStop: string;
  readonly answered: string;
  /** `gallery`: the command that shows what was kept. */
  readonly kept: (gallery: string) => string;
};

export const pressTexts: Readonly<Record<Language, PressTexts>> = {
  en: {
    expired: (reaction) => `This button is more than 7 days old and has expired; react to the message with ${reaction} instead.`,
    unknown: "I don't know this button any more; react to the message with the button's emoji instead, or type the command.",
    used: 'This button has just been pressed, so this press did nothing; if you want it once more, press the new one in a moment.',
    gone: 'The message of this button is gone, so it does nothing any more; type what you want as a command.',
    unreachable: (reaction) =>
      `The Mattermost server did not answer me in time, so nothing happened; press the button again, or react with ${reaction}.`,
    notKept: 'I could not store this, so nothing happened; try again later, and tell whoever runs me if it stays like that.',
    notMember: 'My buttons are for the members of this channel; join it, then press again.',
    notServed: 'I do not work in this channel any more; use one that I work in, or write to me directly.',
    nothingToStop: 'There is nothing to stop any more: this job has ended.',
    answered: 'This question is closed: somebody answered it, or it waited too long; type the command again if you still want it.',
    kept: (gallery) => `⭐ Kept; ${gallery} shows all that was kept here.`,
  },
  de: {
    expired: (reaction) => `Diese Schaltfläche ist über 7 Tage alt und abgelaufen; reagiere stattdessen mit ${reaction} auf die Nachricht.`,
    unknown: 'Diese Schaltfläche kenne ich nicht mehr; reagiere stattdessen mit ihrem Emoji auf die Nachricht, oder schreib den Befehl.',
    used: 'Diese Schaltfläche wurde gerade schon gedrückt, deshalb ist nichts weiter passiert; wenn du es noch einmal willst, drück gleich die neue.',
    gone: 'Die Nachricht dieser Schaltfläche gibt es nicht mehr, deshalb bewirkt sie nichts; schreib als Befehl, was du möchtest.',
    unreachable: (reaction) =>
      `Der Mattermost-Server hat mir nicht rechtzeitig geantwortet, deshalb ist nichts passiert; drück noch einmal oder reagiere mit ${reaction}.`,
    notKept:
      'Ich konnte das nicht speichern, deshalb ist nichts passiert; versuch es später noch einmal, und wenn es so bleibt, sag es der Person, die mich betreibt.',
    notMember: 'Meine Schaltflächen sind für die Mitglieder dieses Kanals; tritt ihm bei und drück dann noch einmal.',
    notServed: 'In diesem Kanal arbeite ich nicht mehr; nimm einen, in dem ich arbeite, oder schreib mir direkt.',
    nothingToStop: 'Hier gibt es nichts mehr zu stoppen: Dieser Auftrag ist zu Ende.',
    answered:
      'Diese Frage ist erledigt: Jemand hat sie beantwortet, oder sie hat zu lange gewartet; schreib den Befehl noch einmal, wenn du es noch möchtest.',
    kept: (gallery) => `⭐ Gemerkt; ${gallery} zeigt alles, was hier gemerkt wurde.`,
  },
};

/** `bot` is its name with an @, `example` what can be typed instead of the slash command. */
export type CommandTexts = {
  readonly wrongToken: string;
  readonly invite: (bot: string) => string;
  readonly notHere: (bot: string) => string;
  readonly notServed: (bot: string) => string;
  readonly archived: string;
  readonly threadGone: string;
  readonly refused: (example: string) => string;
  readonly unreachable: (example: string) => string;
  readonly uncertain: (example: string) => string;
};

export const commandTexts: Readonly<Record<Language, CommandTexts>> = {
  en: {
    wrongToken:
      'This slash command is not set up yet: I do not know its token. Whoever runs me has to add the one that Mattermost shows with the command (`MATTERMOST_COMMAND_TOKEN_FILE`).',
    invite: (bot) => `I am not in this channel, so I can't answer here; invite me with \`/invite ${bot}\`, then type your command again.`,
    notHere: (bot) =>
      `I am not part of this conversation, so I can't answer here; write to me directly (${bot}), or use a channel that I am in.`,
    notServed: (bot) => `I do not work in this channel; use one that I work in, or write to me directly (${bot}).`,
    archived: "This channel is archived, so I can't answer here; use another one.",
    threadGone: "The message that began this thread is gone, so I can't answer in it; type your command in the channel.",
    refused: (example) => `The Mattermost server did not let me post here, so nothing was started; type ${example} as a message instead.`,
    unreachable: (example) =>
      `The Mattermost server did not answer me in time, so nothing was started; try again in a moment, or type ${example} as a message.`,
    uncertain: (example) =>
      `I can't tell whether your command arrived; if it does not show up here within a minute, try again or type ${example} as a message.`,
  },
  de: {
    wrongToken:
      'Dieser Slash-Befehl ist noch nicht eingerichtet: Ich kenne sein Token nicht. Wer mich betreibt, muss das Token ergänzen, das Mattermost beim Befehl anzeigt (`MATTERMOST_COMMAND_TOKEN_FILE`).',
    invite: (bot) =>
      `Ich bin nicht in diesem Kanal und kann hier nicht antworten; lade mich mit \`/invite ${bot}\` ein und gib deinen Befehl dann noch einmal ein.`,
    notHere: (bot) =>
      `Ich bin nicht Teil dieser Unterhaltung und kann hier nicht antworten; schreib mir direkt (${bot}) oder nimm einen Kanal, in dem ich bin.`,
    notServed: (bot) => `In diesem Kanal arbeite ich nicht; nimm einen, in dem ich arbeite, oder schreib mir direkt (${bot}).`,
    archived: 'Dieser Kanal ist archiviert, deshalb kann ich hier nicht antworten; nimm einen anderen.',
    threadGone:
      'Die Nachricht, mit der dieser Thread begann, gibt es nicht mehr, deshalb kann ich hier nicht antworten; gib deinen Befehl im Kanal ein.',
    refused: (example) =>
      `Der Mattermost-Server lässt mich hier nichts schreiben, deshalb wurde nichts gestartet; schreib stattdessen ${example} als Nachricht.`,
    unreachable: (example) =>
      `Der Mattermost-Server hat mir nicht rechtzeitig geantwortet, deshalb wurde nichts gestartet; versuch es gleich noch einmal oder schreib ${example} als Nachricht.`,
    uncertain: (example) =>
      `Ich weiß nicht, ob dein Befehl angekommen ist; wenn er hier nicht innerhalb einer Minute erscheint, versuch es noch einmal oder schreib ${example} als Nachricht.`,
  },
};
