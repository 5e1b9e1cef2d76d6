/** What the room's server says to people, in their language. The page has its own texts in `page/texts.ts`. */
import type { Language } from '#core/types.ts';
import type { ApiErrorCode } from './events.ts';
import { maxNameLength } from './names.ts';

export const maxBodyBytes = 64 * 1024;

const english: Record<ApiErrorCode, string> = {
  bad_host: 'This room answers only under its own address; open the address that Blitzbild printed when it started.',
  bad_origin: 'This request came from another web site and was refused; use the page of this room.',
  bad_request: 'The request does not have the form this room expects; reload the page and try again.',
  bad_name: `A name has 1 to ${maxNameLength} visible characters and is not the bot's own; choose another one at the top of the page.`,
  empty_text: 'The message is empty; type something or attach a file first.',
  file_empty: 'This file is empty; choose another one.',
  file_missing: 'The attached file is not here any more; attach it again.',
  file_too_large: 'This file is too large: at most {megabytes} MB are accepted; make the picture smaller or split the file.',
  not_a_file: 'A file must be sent as its plain bytes (Content-Type: application/octet-stream).',
  not_found: 'There is nothing here under this address.',
  not_json: 'The request must be JSON (Content-Type: application/json).',
  not_yours: 'Only the person who wrote a message can delete it.',
  storage_full: 'The storage of this room is full, so nothing was kept; ask whoever runs Blitzbild to make room, then send it again.',
  too_large: 'The message is too long: at most 64 KiB are accepted; shorten it and send it again.',
  unauthorised: 'This room needs its token: open the address that Blitzbild printed when it started; it ends in ?token=…',
  internal: 'Something broke in the room; the log says what. Try it again.',
};

const german: Record<ApiErrorCode, string> = {
  bad_host: 'Dieser Raum antwortet nur unter seiner eigenen Adresse; öffne die Adresse, die Blitzbild beim Start angezeigt hat.',
  bad_origin: 'Diese Anfrage kam von einer fremden Webseite und wurde abgelehnt; benutze die Seite dieses Raums.',
  bad_request: 'Die Anfrage hat nicht die Form, die dieser Raum erwartet; lade die Seite neu und versuch es noch einmal.',
  bad_name: `Ein Name hat 1 bis ${maxNameLength} sichtbare Zeichen und ist nicht der des Bots; wähle oben auf der Seite einen anderen.`,
  empty_text: 'Die Nachricht ist leer; schreib erst etwas oder häng eine Datei an.',
  file_empty: 'Diese Datei ist leer; wähle eine andere.',
  file_missing: 'Die angehängte Datei ist nicht mehr da; häng sie noch einmal an.',
  file_too_large: 'Diese Datei ist zu groß: höchstens {megabytes} MB sind erlaubt; verkleinere das Bild oder teile die Datei auf.',
  not_a_file: 'Eine Datei muss als reine Bytes gesendet werden (Content-Type: application/octet-stream).',
  not_found: 'Unter dieser Adresse gibt es hier nichts.',
  not_json: 'Die Anfrage muss JSON sein (Content-Type: application/json).',
  not_yours: 'Löschen kann eine Nachricht nur, wer sie geschrieben hat.',
  storage_full:
    'Der Speicher dieses Raums ist voll, deshalb wurde nichts behalten; bitte, wer Blitzbild betreibt, Platz zu schaffen, und schick es dann noch einmal.',
  too_large: 'Die Nachricht ist zu lang: höchstens 64 KiB sind erlaubt; kürze sie und schick sie noch einmal.',
  unauthorised: 'Dieser Raum braucht sein Token: öffne die Adresse, die Blitzbild beim Start angezeigt hat; sie endet auf ?token=…',
  internal: 'Im Raum ist etwas kaputtgegangen; was, steht im Protokoll. Versuch es noch einmal.',
};

export const roomTexts: Readonly<Record<Language, Readonly<Record<ApiErrorCode, string>>>> = { en: english, de: german };

/** The sentence that explains why the room could not start listening. */
export function listenFailure(language: Language, code: string | undefined, host: string, port: number): string {
  const texts = language === 'de' ? germanListen : englishListen;
  return (texts[code ?? ''] ?? texts['other'] ?? String)(host, port, code ?? '?');
}

type ListenText = (host: string, port: number, code: string) => string;

const englishListen: Readonly<Record<string, ListenText>> = {
  EADDRINUSE: (_host, port) =>
    `Port ${port} is already in use, perhaps by another Blitzbild; stop that program or choose another port with BLITZBILD_PORT=${nextPort(port)}.`,
  EACCES: (_host, port) => `This user may not open port ${port}; choose one from 1024 up, such as BLITZBILD_PORT=8090.`,
  EADDRNOTAVAIL: (host) => `This machine has no address ${host}; use BLITZBILD_HOST=127.0.0.1 or one of its own addresses.`,
  ENOTFOUND: (host) => `The host name ${host} is not known here; use BLITZBILD_HOST=127.0.0.1 or one of this machine's addresses.`,
  other: (host, port, code) =>
    `The room can't listen on ${host}:${port} (${code}); choose another host or port with BLITZBILD_HOST and BLITZBILD_PORT.`,
};

const germanListen: Readonly<Record<string, ListenText>> = {
  EADDRINUSE: (_host, port) =>
    `Port ${port} ist schon belegt, vielleicht von einem anderen Blitzbild; beende jenes Programm oder wähle einen anderen Port mit BLITZBILD_PORT=${nextPort(port)}.`,
  EACCES: (_host, port) => `Port ${port} darf dieser Benutzer nicht öffnen; wähle einen ab 1024, etwa BLITZBILD_PORT=8090.`,
  EADDRNOTAVAIL: (host) =>
    `Die Adresse ${host} gehört nicht zu diesem Rechner; nimm BLITZBILD_HOST=127.0.0.1 oder eine seiner eigenen Adressen.`,
  ENOTFOUND: (host) => `Der Rechnername ${host} ist hier unbekannt; nimm BLITZBILD_HOST=127.0.0.1 oder eine Adresse dieses Rechners.`,
  other: (host, port, code) =>
    `Der Raum kann nicht auf ${host}:${port} lauschen (${code}); wähle mit BLITZBILD_HOST und BLITZBILD_PORT etwas anderes.`,
};

const nextPort = (port: number): number => (port < 65_535 ? port + 1 : port - 1);
