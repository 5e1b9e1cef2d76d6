/**
 * The one table of numbers that people meet when they ask for pictures. Config may override those marked
 * `configurable`; the documentation and `help` are generated from here.
 */
import type { Language } from '#core/types.ts';

type Limit = {
  readonly value: number;
  readonly configurable: boolean;
  /** Where config may not go beyond. */
  readonly highest?: number;
  readonly description: Readonly<Record<Language, string>>;
};

export const limitTable = {
  maxPromptChars: {
    value: 2000,
    configurable: true,
    // Not more than a whole command may have, see `maxMessageChars`.
    highest: 10_000,
    description: { en: 'characters of a prompt, and of `--no`', de: 'Zeichen eines Prompts, ebenso von `--ohne`' },
  },
  maxCount: {
    value: 20,
    configurable: true,
    highest: 100,
    description: {
      en: 'pictures of one command, of each style and word in braces',
      de: 'Bilder eines Befehls, je Stil und Wort in Klammern',
    },
  },
  /** Cells go from A1 to T5, or to Z20. */
  maxBatch: {
    value: 100,
    configurable: true,
    highest: 100,
    description: {
      en: 'pictures of one batch: styles × words in braces × `--n`',
      de: 'Bilder eines Stapels: Stile × Wörter in Klammern × `--anzahl`',
    },
  },
  askAbove: {
    value: 20,
    configurable: true,
    description: {
      en: 'pictures of one command that are drawn without asking first',
      de: 'Bilder eines Befehls, die ohne Rückfrage gezeichnet werden',
    },
  },
  maxPicturesPerPersonPerDay: {
    value: 500,
    configurable: true,
    description: { en: 'pictures of one person in 24 hours', de: 'Bilder einer Person in 24 Stunden' },
  },
  maxPicturesPerRoomPerDay: {
    value: 2000,
    configurable: true,
    description: { en: 'pictures of one room in 24 hours', de: 'Bilder eines Raums in 24 Stunden' },
  },
  maxSecondsPerPersonPerDay: {
    value: 7200,
    configurable: true,
    description: { en: 'seconds of computing for one person in 24 hours', de: 'Sekunden Rechenzeit einer Person in 24 Stunden' },
  },
  maxSecondsPerRoomPerDay: {
    value: 28_800,
    configurable: true,
    description: { en: 'seconds of computing for one room in 24 hours', de: 'Sekunden Rechenzeit eines Raums in 24 Stunden' },
  },
  maxUploadMegabytes: {
    value: 20,
    configurable: true,
    highest: 100,
    description: { en: 'megabytes of a picture or file that somebody uploads', de: 'Megabyte eines hochgeladenen Bildes oder einer Datei' },
  },
  maxUploadMegapixels: {
    value: 40,
    configurable: true,
    highest: 200,
    description: { en: 'megapixels of an uploaded picture', de: 'Megapixel eines hochgeladenen Bildes' },
  },
  maxResultMegapixels: {
    value: 36,
    configurable: true,
    highest: 200,
    description: { en: 'megapixels of a picture that `up` makes', de: 'Megapixel eines Bildes, das `hoch` erzeugt' },
  },
  maxPlansPerRoom: {
    value: 10,
    configurable: true,
    highest: 100,
    description: { en: 'schedules of one room', de: 'Zeitpläne eines Raums' },
  },
  minPlanIntervalMinutes: {
    value: 15,
    configurable: true,
    highest: 1440,
    description: { en: 'minutes between two runs of a schedule, at least', de: 'Minuten zwischen zwei Läufen eines Zeitplans, mindestens' },
  },
  planCatchUpMinutes: {
    value: 60,
    configurable: true,
    highest: 10_080,
    description: {
      en: 'minutes within which a run is made up that was missed while the bot was not running; 1: it is skipped',
      de: 'Minuten, in denen ein Lauf nachgeholt wird, der verpasst wurde, weil der Bot nicht lief; 1: er entfällt',
    },
  },
  maxWaitingJobs: {
    value: 200,
    configurable: true,
    description: {
      en: 'commands waiting in the queue, all people together',
      de: 'wartende Befehle in der Warteschlange, alle Leute zusammen',
    },
  },
  maxWaitingJobsPerPerson: {
    value: 10,
    configurable: true,
    description: { en: 'commands waiting in the queue, one person', de: 'wartende Befehle in der Warteschlange, eine Person' },
  },
  maxGuidance: {
    value: 30,
    configurable: false,
    description: { en: 'highest value of `--guidance`', de: 'größter Wert von `--guidance`' },
  },
  maxSeed: { value: 4_294_967_295, configurable: false, description: { en: 'highest seed (2³²−1)', de: 'größter Seed (2³²−1)' } },
  /** Longer messages are refused before they are taken apart, so that parsing stays quick. */
  maxMessageChars: {
    value: 10_000,
    configurable: false,
    description: { en: 'characters of a whole command', de: 'Zeichen eines ganzen Befehls' },
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limitTable;
/** The table's row with its widened type. */
export const limitRow = (name: LimitName): Limit => limitTable[name];
/** The highest value that a configuration, or an admin, may choose. */
export const mostOf = (name: LimitName): number => limitRow(name).highest ?? 100_000;
export type Limits = { readonly [Name in LimitName]: number };

export const limitNames = Object.keys(limitTable) as readonly LimitName[];

/** The limits where config says nothing. */
export const limits: Limits = Object.fromEntries(limitNames.map((name) => [name, limitTable[name].value])) as Limits;

const heads: Readonly<Record<Language, string>> = {
  en: '| Limit | Default | Can be changed | What it bounds |',
  de: '| Grenze | Vorgabe | Änderbar | Was sie begrenzt |',
};

/** The table for the documentation. */
export function limitTableMarkdown(language: Language): string {
  const [yes, no] = language === 'de' ? ['ja', 'nein'] : ['yes', 'no'];
  const rows = limitNames.map((name) => {
    const { value, configurable, description } = limitTable[name];
    return `| \`${name}\` | ${value} | ${configurable ? yes : no} | ${description[language]} |`;
  });
  return [heads[language], '| --- | --- | --- | --- |', ...rows].join('\n');
}
