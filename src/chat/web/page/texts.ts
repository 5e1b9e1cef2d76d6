/** Every word of the page, in both languages. */
import type { Language } from '#core/types.ts';

const english = {
  skipToComposer: 'Skip to the message field',
  language: 'Language',
  messages: 'Messages',
  earlier: 'Show earlier messages',
  emptyTitle: 'Type a sentence, get a picture.',
  emptyText: 'Blitzbild draws it right here on this machine, nothing you write leaves it. Start with one of these, or type your own below.',
  examples: 'Examples to try',
  vocabulary: 'What it can draw',
  /** On a phone. */
  vocabularyShort: 'Subjects',
  vocabularyLabel: 'Subjects: what it can draw',
  vocabularyAll: (things: number) => `All ${things} things it can draw`,
  vocabularyTitle: (things: number) => (things === 1 ? '1 thing this model can draw' : `${things} things this model can draw`),
  vocabularyText: 'Choose one to have it drawn.',
  vocabularyExample: (prompt: string) => `Whole prompts also name a background, a style or a place, such as “${prompt}”.`,
  closeList: 'Close the list',
  things: 'Things',
  backgrounds: 'Backgrounds',
  styles: 'Styles',
  places: 'Place and size',
  placeholder: (prefix: string) => `${prefix} and what you want to see`,
  messageLabel: 'Message',
  send: 'Send',
  hintKeys: (prefix: string) => `Enter sends · Shift + Enter starts a new line · ${prefix} help shows what else I can do`,
  hintPlain: (prefix: string) => `Without ${prefix} this is only a message to the room.`,
  hintDraw: 'Make it a picture',
  replyingTo: 'Replying to',
  stopReply: 'Do not reply',
  you: 'you',
  changeName: (name: string) => `Your name: ${name}. Change it`,
  nameTitle: 'What should we call you?',
  nameText: 'Your name stands beside your messages, and everyone gets a fair turn in the queue by name.',
  nameLabel: 'Name',
  nameProblem: 'Use 1 to 40 visible characters, and not the name of the bot.',
  cancel: 'Cancel',
  save: 'Save',
  guest: 'Guest',
  stateReady: 'ready',
  stateStarting: 'loading the model …',
  stateRestarting: 'restarting …',
  stateFailed: 'cannot draw',
  statePaused: 'queue paused',
  stateWorking: 'drawing',
  stateWaiting: 'waiting',
  lost: (seconds: number) => (seconds > 0 ? `Connection lost. Trying again in ${seconds} s …` : 'Connection lost. Trying again …'),
  locked: 'This room needs its token again: open the address that Blitzbild printed when it started.',
  unread: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
  toBottom: 'To the newest message',
  again: 'Again',
  stop: 'Cancel',
  info: 'Info',
  reply: 'Reply',
  remove: 'Delete message',
  removed: 'Message deleted',
  sending: 'sending …',
  notSent: 'Not sent.',
  retry: 'Try again',
  react: (emoji: string, count: number) => `${emoji} ${count}, react as well`,
  openPicture: (alt: string) => `Open picture: ${alt}`,
  closeViewer: 'Close',
  previous: 'Previous picture',
  next: 'Next picture',
  download: 'Download',
  pictureOf: (position: number, count: number) => `${position} of ${count}`,
  aiGenerated: 'AI-generated pictures',
  progress: 'Progress',
  justNow: 'just now',
  minutesAgo: (minutes: number) => `${minutes} min ago`,
  today: 'Today',
  yesterday: 'Yesterday',
};

export type Texts = typeof english;

const german: Texts = {
  skipToComposer: 'Zum Nachrichtenfeld',
  language: 'Sprache',
  messages: 'Nachrichten',
  earlier: 'Frühere Nachrichten zeigen',
  emptyTitle: 'Ein Satz von dir, ein Bild für dich.',
  emptyText:
    'Blitzbild malt es direkt auf diesem Rechner, nichts davon geht ins Netz. Nimm einen dieser Vorschläge oder schreib unten deinen eigenen.',
  examples: 'Beispiele zum Ausprobieren',
  vocabulary: 'Was es zeichnen kann',
  vocabularyShort: 'Motive',
  vocabularyLabel: 'Motive: was es zeichnen kann',
  vocabularyAll: (things) => `Alle ${things} Dinge, die es zeichnen kann`,
  vocabularyTitle: (things) =>
    things === 1 ? '1 Ding, das dieses Modell zeichnen kann' : `${things} Dinge, die dieses Modell zeichnen kann`,
  vocabularyText: 'Wähl eines aus, und es wird gezeichnet.',
  vocabularyExample: (prompt) => `Ganze Prompts nennen auch Hintergrund, Stil oder Lage, etwa „${prompt}“.`,
  closeList: 'Liste schließen',
  things: 'Dinge',
  backgrounds: 'Hintergründe',
  styles: 'Stile',
  places: 'Lage und Größe',
  placeholder: (prefix) => `${prefix} und was du sehen möchtest`,
  messageLabel: 'Nachricht',
  send: 'Senden',
  hintKeys: (prefix) => `Enter sendet · Umschalt + Enter beginnt eine neue Zeile · ${prefix} hilfe zeigt, was ich noch kann`,
  hintPlain: (prefix) => `Ohne ${prefix} ist das nur eine Nachricht an den Raum.`,
  hintDraw: 'Bild daraus machen',
  replyingTo: 'Antwort auf',
  stopReply: 'Nicht antworten',
  you: 'du',
  changeName: (name) => `Dein Name: ${name}. Ändern`,
  nameTitle: 'Wie heißt du?',
  nameText: 'Dein Name steht neben deinen Nachrichten, und in der Warteschlange kommen alle Namen gleichmäßig dran.',
  nameLabel: 'Name',
  nameProblem: 'Nimm 1 bis 40 sichtbare Zeichen und nicht den Namen des Bots.',
  cancel: 'Abbrechen',
  save: 'Speichern',
  guest: 'Gast',
  stateReady: 'bereit',
  stateStarting: 'lädt das Modell …',
  stateRestarting: 'startet neu …',
  stateFailed: 'kann nicht malen',
  statePaused: 'Warteschlange angehalten',
  stateWorking: 'malt',
  stateWaiting: 'in der Schlange',
  lost: (seconds) =>
    seconds > 0 ? `Verbindung unterbrochen. Neuer Versuch in ${seconds} s …` : 'Verbindung unterbrochen. Neuer Versuch …',
  locked: 'Dieser Raum braucht noch einmal sein Token: öffne die Adresse, die Blitzbild beim Start angezeigt hat.',
  unread: (count) => (count === 1 ? '1 neue Nachricht' : `${count} neue Nachrichten`),
  toBottom: 'Zur neuesten Nachricht',
  again: 'Nochmal',
  stop: 'Abbrechen',
  info: 'Info',
  reply: 'Antworten',
  remove: 'Nachricht löschen',
  removed: 'Nachricht gelöscht',
  sending: 'wird gesendet …',
  notSent: 'Nicht gesendet.',
  retry: 'Nochmal versuchen',
  react: (emoji, count) => `${emoji} ${count}, auch so reagieren`,
  openPicture: (alt) => `Bild öffnen: ${alt}`,
  closeViewer: 'Schließen',
  previous: 'Vorheriges Bild',
  next: 'Nächstes Bild',
  download: 'Herunterladen',
  pictureOf: (position, count) => `${position} von ${count}`,
  aiGenerated: 'KI-generierte Bilder',
  progress: 'Fortschritt',
  justNow: 'gerade eben',
  minutesAgo: (minutes) => `vor ${minutes} min`,
  today: 'Heute',
  yesterday: 'Gestern',
};

const all: Readonly<Record<Language, Texts>> = { en: english, de: german };

const storageKey = 'blitzbild.language';

let language: Language = initialLanguage();

function initialLanguage(): Language {
  const chosen = localStorage.getItem(storageKey);
  if (chosen === 'de' || chosen === 'en') return chosen;
  return navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
}

export const currentLanguage = (): Language => language;

export const t = (): Texts => all[language];

export function chooseLanguage(chosen: Language): void {
  language = chosen;
  localStorage.setItem(storageKey, chosen);
}

/** Fills every element of the static page that names its text. */
export function translatePage(): void {
  document.documentElement.lang = language;
  const texts: Readonly<Record<string, unknown>> = t();
  const text = (key: string | undefined): string => {
    const found = texts[key ?? ''];
    return typeof found === 'string' ? found : '';
  };
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) element.textContent = text(element.dataset['text']);
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) element.ariaLabel = text(element.dataset['label']);
}
