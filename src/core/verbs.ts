/** Verbs other than «draw this»: names, forms and descriptions. How the rest of a command is read stands in `verb-readers.ts`. */
import type { Language } from '#core/types.ts';

export type VerbName = keyof typeof verbs;

type Verb = {
  /** The first of each language is the one that help shows; two words are allowed. */
  readonly names: Readonly<Record<Language, readonly string[]>>;
  /** What may follow, as help shows it. */
  readonly form: Readonly<Record<Language, string>>;
  readonly description: Readonly<Record<Language, string>>;
  readonly group: VerbGroup;
  /** More words, the verb's own included, are a prompt. */
  readonly mostWords: number;
  /** Whether flags may stand behind it; with them, other verbs are a prompt. */
  readonly takesFlags?: true;
  /** Whether words behind a `--` belong to it; with them, other verbs are a prompt. */
  readonly takesLiteral?: true;
};

/** How help puts them together. */
export const verbGroups = {
  queue: { en: 'Jobs', de: 'Aufträge' },
  picture: { en: 'With a picture (reply to it, or name it)', de: 'Mit einem Bild (antworte darauf oder nenne es)' },
  styles: { en: 'Styles', de: 'Stile' },
  plans: { en: 'Schedules', de: 'Zeitpläne' },
  room: { en: 'The room and the bot', de: 'Der Raum und der Bot' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;
export type VerbGroup = keyof typeof verbGroups;

const target = { en: '[k7f3|A2|k7f3/A2]', de: '[k7f3|A2|k7f3/A2]' } as const;
/** `noch mal k7f3`, `cancel all my jobs`. */
const few = 4;

export const verbs = {
  help: {
    names: { en: ['help', '?'], de: ['hilfe'] },
    form: { en: '[topic]', de: '[Thema]' },
    description: {
      en: 'this help; topics: `options`, `subjects`, `limits`, `styles`, `schedules`',
      de: 'diese Hilfe; Themen: `optionen`, `motive`, `grenzen`, `stile`, `zeitpläne`',
    },
    group: 'room',
    mostWords: 3,
  },
  queue: {
    names: { en: ['queue'], de: ['warteschlange'] },
    form: { en: '', de: '' },
    description: {
      en: 'what is being drawn and what waits',
      de: 'was gerade entsteht und was wartet',
    },
    group: 'queue',
    mostWords: few,
  },
  cancel: {
    names: { en: ['cancel', 'stop', 'abort'], de: ['abbrechen', 'stopp', 'abbruch'] },
    form: { en: '[k7f3|mine]', de: '[k7f3|meine]' },
    description: {
      en: 'stops a job: the one named, the one replied to, or all of yours; finished pictures stay',
      de: 'stoppt einen Auftrag: den genannten, den der Antwort, oder alle deine; fertige Bilder bleiben',
    },
    group: 'queue',
    mostWords: few,
  },
  again: {
    names: { en: ['again', 'repeat', 'redo'], de: ['nochmal', 'noch mal', 'noch einmal', 'nocheinmal', 'wiederholen'] },
    form: { en: '[k7f3]', de: '[k7f3]' },
    description: {
      en: 'the same request with a new seed; options change it',
      de: 'derselbe Wunsch mit neuem Seed; Optionen ändern ihn',
    },
    group: 'queue',
    mostWords: few,
    takesFlags: true,
  },
  edit: {
    names: { en: ['+'], de: ['+'] },
    form: { en: 'words', de: 'Wörter' },
    description: {
      en: 'the earlier prompt with more words; options change it',
      de: 'der frühere Prompt mit mehr Wörtern; Optionen ändern ihn',
    },
    group: 'queue',
    mostWords: Infinity,
    takesFlags: true,
    takesLiteral: true,
  },
  replay: {
    names: { en: ['replay', 'reproduce'], de: ['reproduzieren', 'wiedergeben'] },
    form: target,
    description: {
      en: 'the very same pictures again, compared pixel by pixel',
      de: 'genau dieselben Bilder noch einmal, Pixel für Pixel verglichen',
    },
    group: 'queue',
    mostWords: few,
  },
  sheet: {
    names: { en: ['sheet', 'contact sheet'], de: ['kontaktbogen', 'übersicht'] },
    form: { en: '[k7f3]', de: '[k7f3]' },
    description: {
      en: 'all pictures of a job on one',
      de: 'alle Bilder eines Auftrags auf einem',
    },
    group: 'queue',
    mostWords: few,
  },
  zip: {
    names: { en: ['zip'], de: ['zip'] },
    form: { en: '[k7f3]', de: '[k7f3]' },
    description: {
      en: 'all pictures of a job in one file',
      de: 'alle Bilder eines Auftrags in einer Datei',
    },
    group: 'queue',
    mostWords: few,
  },
  vary: {
    names: { en: ['vary', 'variation', 'variations'], de: ['variieren', 'variante', 'varianten'] },
    form: target,
    description: {
      en: 'new pictures that start from this one; `--strength` says how far they go',
      de: 'neue Bilder, die von diesem ausgehen; `--stärke` sagt, wie weit',
    },
    group: 'picture',
    mostWords: few,
    takesFlags: true,
  },
  upscale: {
    names: { en: ['up', 'upscale', 'enlarge'], de: ['hoch', 'hochskalieren', 'vergrößern'] },
    form: { en: '[A2] [x2|x4|x8]', de: '[A2] [x2|x4|x8]' },
    description: {
      en: 'the picture larger, with finer edges',
      de: 'das Bild größer, mit feineren Kanten',
    },
    group: 'picture',
    mostWords: few,
  },
  enhance: {
    names: { en: ['fix', 'enhance', 'optimize', 'optimise'], de: ['verbessern', 'optimieren'] },
    form: target,
    description: {
      en: 'contrast and sharpness optimised; a good picture stays as it is',
      de: 'Kontrast und Schärfe optimiert; ein gutes Bild bleibt, wie es ist',
    },
    group: 'picture',
    mostWords: few,
  },
  info: {
    names: { en: ['info'], de: ['info', 'infos'] },
    form: target,
    description: {
      en: 'prompt, seed, model and times of a picture, and the command that makes it again',
      de: 'Prompt, Seed, Modell und Zeiten eines Bildes sowie der Befehl, der es neu erzeugt',
    },
    group: 'picture',
    mostWords: few,
  },
  verify: {
    names: { en: ['verify'], de: ['echtheit', 'verifizieren'] },
    form: target,
    description: {
      en: 'the marks of origin in any picture: reply to it or attach it',
      de: 'die Herkunftskennzeichen eines beliebigen Bildes: antworte darauf oder häng es an',
    },
    group: 'picture',
    mostWords: few,
  },
  check: {
    names: { en: ['check', 'compare'], de: ['prüfen', 'vergleichen'] },
    form: target,
    description: {
      en: 'compares a picture, also an attached one, with the library of protected works',
      de: 'vergleicht ein Bild, auch ein angehängtes, mit der Sammlung geschützter Werke',
    },
    group: 'picture',
    mostWords: few,
  },
  star: {
    names: { en: ['collect', 'favorite', 'favourite', 'star'], de: ['merken', 'sammeln', 'stern'] },
    form: target,
    description: {
      en: "puts a picture into the room's gallery",
      de: 'legt ein Bild in die Galerie des Raums',
    },
    group: 'picture',
    mostWords: few,
  },
  unstar: {
    names: { en: ['uncollect', 'unstar'], de: ['nicht merken'] },
    form: target,
    description: {
      en: 'takes your star back',
      de: 'nimmt deinen Stern zurück',
    },
    group: 'picture',
    mostWords: few,
  },
  gallery: {
    names: { en: ['gallery'], de: ['galerie'] },
    form: { en: '', de: '' },
    description: {
      en: 'the starred pictures of this room',
      de: 'die gemerkten Bilder dieses Raums',
    },
    group: 'picture',
    mostWords: few,
  },
  find: {
    names: { en: ['find'], de: ['finde', 'suche'] },
    form: { en: '[words] [since:yesterday] [mine]', de: '[Wörter] [seit:gestern] [meine]' },
    description: {
      en: 'earlier pictures of this room by their words',
      de: 'frühere Bilder dieses Raums nach ihren Wörtern',
    },
    group: 'picture',
    mostWords: 12,
  },
  styles: {
    names: { en: ['styles'], de: ['stile'] },
    form: { en: '[words]', de: '[Wörter]' },
    description: {
      en: 'the styles that `--style` takes',
      de: 'die Stile, die `--stil` kennt',
    },
    group: 'styles',
    mostWords: few,
  },
  style: {
    names: { en: ['style'], de: ['stil'] },
    form: {
      en: 'show|set|undo|history|rename|default|remove|import|export …',
      de: 'zeigen|setzen|zurück|verlauf|umbenennen|standard|entfernen|import|export …',
    },
    description: {
      en: 'one style; changing it is for admins',
      de: 'ein Stil; ändern dürfen ihn Admins',
    },
    group: 'styles',
    mostWords: Infinity,
    takesFlags: true,
  },
  plan: {
    names: { en: ['plan', 'schedule'], de: ['plan', 'zeitplan'] },
    form: {
      en: '"Mon-Fri 07:00" prompt | show|pause|resume|run|remove 3',
      de: '"Mo-Fr 7 Uhr" Prompt | zeigen|pause|weiter|starten|entfernen 3',
    },
    description: {
      en: 'pictures on a schedule; also `"daily 22:30 until 06:00"` or a cron expression',
      de: 'Bilder nach Zeitplan; auch `"täglich 22:30 bis 6:00"` oder ein Cron-Ausdruck',
    },
    group: 'plans',
    mostWords: Infinity,
    takesFlags: true,
    takesLiteral: true,
  },
  plans: {
    names: { en: ['plans', 'schedules'], de: ['pläne', 'zeitpläne'] },
    form: { en: '', de: '' },
    description: {
      en: 'the schedules of this room',
      de: 'die Zeitpläne dieses Raums',
    },
    group: 'plans',
    mostWords: few,
  },
  time_zone: {
    names: { en: ['timezone', 'time zone'], de: ['zeitzone'] },
    form: { en: '[Europe/Berlin]', de: '[Europe/Berlin]' },
    description: {
      en: 'the time zone of this room',
      de: 'die Zeitzone dieses Raums',
    },
    group: 'plans',
    mostWords: few,
  },
  quiet: {
    names: { en: ['quiet', 'quiet hours'], de: ['ruhezeit', 'ruhezeiten'] },
    form: { en: '[22:00-06:00|off]', de: '[22:00-06:00|aus]' },
    description: {
      en: 'hours in which no schedule runs',
      de: 'Stunden, in denen kein Zeitplan läuft',
    },
    group: 'plans',
    // `ruhezeit von 22:00 Uhr bis 6:00 Uhr`.
    mostWords: 8,
  },
  limits: {
    names: { en: ['limits', 'quota', 'usage'], de: ['grenzen', 'kontingent'] },
    form: { en: '', de: '' },
    description: {
      en: 'what you and this room may use, and what is used',
      de: 'was du und dieser Raum verbrauchen dürfen und was verbraucht ist',
    },
    group: 'room',
    mostWords: few,
  },
  marks: {
    names: { en: ['marks'], de: ['kennzeichen'] },
    form: { en: '[manifest|watermark|prompt on|off]', de: '[manifest|wasserzeichen|prompt an|aus]' },
    description: {
      en: 'the marks of origin that pictures of this room carry (changes: admins)',
      de: 'die Herkunftskennzeichen, die Bilder dieses Raums tragen (Änderungen: Admins)',
    },
    group: 'room',
    mostWords: few,
  },
  retention: {
    names: { en: ['retention'], de: ['aufbewahrung', 'aufbewahrungszeit'] },
    form: { en: '[30|off|default]', de: '[30|aus|standard]' },
    description: {
      en: 'how many days what belongs to this room is kept (changes: admins)',
      de: 'wie viele Tage aufbewahrt wird, was zu diesem Raum gehört (Änderungen: Admins)',
    },
    group: 'room',
    mostWords: 3,
  },
  privacy: {
    names: { en: ['privacy', 'data protection'], de: ['datenschutz'] },
    form: { en: '', de: '' },
    description: {
      en: 'whom the bot talks to, what it keeps and for how long, what it looks at',
      de: 'mit wem der Bot spricht, was er wie lange behält und was er prüft',
    },
    group: 'room',
    mostWords: 2,
  },
  models: {
    names: { en: ['models'], de: ['modelle'] },
    form: { en: '', de: '' },
    description: {
      en: 'installed models, their licences, and what they can draw',
      de: 'installierte Modelle, ihre Lizenzen und was sie zeichnen können',
    },
    group: 'room',
    mostWords: few,
  },
  use_model: {
    names: { en: ['model use'], de: ['modell nutzen', 'modell verwenden'] },
    form: { en: 'NAME', de: 'NAME' },
    description: {
      en: 'the model for everybody (admins)',
      de: 'das Modell für alle (Admins)',
    },
    group: 'room',
    mostWords: few,
  },
  admin: {
    names: { en: ['admin'], de: ['admin'] },
    form: { en: 'pause|resume|limits [NAME VALUE]', de: 'pause|weiter|grenzen [NAME WERT]' },
    description: {
      en: 'the queue and the limits (admins)',
      de: 'die Warteschlange und die Grenzen (Admins)',
    },
    group: 'room',
    mostWords: 5,
  },
  release: {
    names: { en: ['release'], de: ['freigeben'] },
    form: target,
    description: {
      en: 'posts a picture that was held back (admins)',
      de: 'zeigt ein Bild, das zurückgehalten wurde (Admins)',
    },
    group: 'room',
    mostWords: few,
  },
  held: {
    names: { en: ['held', 'held back'], de: ['zurückgehalten', 'zurückgehaltene'] },
    form: { en: '', de: '' },
    description: {
      en: 'the pictures of this room that are held back, and why (admins)',
      de: 'die zurückgehaltenen Bilder dieses Raums, und warum (Admins)',
    },
    group: 'room',
    mostWords: few,
  },
  lang: {
    names: { en: ['lang', 'language'], de: ['sprache'] },
    form: { en: 'de|en', de: 'de|en' },
    description: {
      en: 'the language of this room',
      de: 'die Sprache dieses Raums',
    },
    group: 'room',
    mostWords: few,
  },
  my_data: {
    names: { en: ['mydata', 'my data'], de: ['meinedaten', 'meine daten'] },
    form: { en: '', de: '' },
    description: {
      en: 'everything that is stored about you, with your pictures, in one file (in a direct message)',
      de: 'alles, was über dich gespeichert ist, mit deinen Bildern in einer Datei (in einer Direktnachricht)',
    },
    group: 'room',
    mostWords: few,
  },
  forget_me: {
    names: { en: ['forget me'], de: ['vergiss mich'] },
    form: { en: '', de: '' },
    description: {
      en: 'erases everything about you, on this platform and in all rooms; asks first',
      de: 'löscht alles über dich, auf dieser Plattform und in allen Räumen; fragt vorher',
    },
    group: 'room',
    mostWords: few,
  },
  yes: {
    names: { en: ['yes', 'go', 'ok', 'okay'], de: ['ja', 'los'] },
    form: { en: '', de: '' },
    description: {
      en: 'goes on where I asked first; so does 👍',
      de: 'macht weiter, wo ich gefragt habe; 👍 auch',
    },
    group: 'room',
    mostWords: few,
  },
  no: {
    names: { en: ['no'], de: ['nein'] },
    form: { en: '', de: '' },
    description: {
      en: 'drops what I asked about',
      de: 'verwirft, wonach ich gefragt habe',
    },
    group: 'room',
    mostWords: few,
  },
} as const satisfies Record<string, Verb>;

export const verbNames = Object.keys(verbs) as readonly VerbName[];

/** The table's row with its widened type. */
export const verbRow = (name: VerbName): Verb => verbs[name];
