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
  /** Cells go from A1 to T5. */
  maxCount: { value: 20, configurable: true, highest: 100, description: { en: 'pictures of one command', de: 'Bilder eines Befehls' } },
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
