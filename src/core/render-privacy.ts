/** What becomes of people's data here: whom the bot talks to, what it keeps and for how long, what it looks at, and how to get one's own. */
import { pickFor } from '#core/format.ts';
import type { MarkPolicy, Signing } from '#core/marks-port.ts';
import type { Voice } from '#core/message-codes.ts';
import type { PrivacyFacts } from '#core/privacy-port.ts';
import type { PostsThen, Retention } from '#core/retention.ts';
import { countWorks } from '#core/render-similarity.ts';
import { bold, code, paragraph, type RichText, type Span } from '#core/rich-text.ts';
import type { SimilarityCheck } from '#core/similarity-port.ts';

export type NamedModel = { readonly name: string; readonly hash?: string | undefined };

export type Privacy = Voice & {
  readonly servers: PrivacyFacts['servers'];
  readonly retention: Retention;
  readonly posts: PostsThen;
  readonly keepStarred: boolean;
  /** Optional layers that pictures of this room really get. */
  readonly marks: MarkPolicy;
  readonly signing: Signing;
  readonly hasWatermark: boolean;
  readonly similarity: {
    readonly mode: 'off' | 'report' | 'hold-back';
    readonly status?: ReturnType<SimilarityCheck['status']> | undefined;
  };
  readonly classifier: {
    readonly isOn: boolean;
    readonly installed?: (NamedModel & { readonly label: string }) | undefined;
    /** What becomes of pictures where the one that is installed can't be used. */
    readonly broken?: 'post' | 'hold-back' | undefined;
  };
  readonly model: NamedModel;
  readonly upscaler?: NamedModel | undefined;
};

export function renderPrivacy(facts: Privacy): RichText {
  const pick = pickFor(facts.language);
  const list = (items: readonly (readonly Span[])[]): RichText => (items.length === 0 ? [] : [{ kind: 'list', items }]);
  return [
    paragraph(bold(pick('Whom the bot talks to', 'Mit wem der Bot spricht'))),
    ...list(hostLines(facts)),
    paragraph(bold(pick('What it keeps', 'Was er behält'))),
    ...list(keptLines(facts)),
    paragraph(bold(pick('What it looks at and writes into pictures', 'Was er prüft und in Bilder schreibt'))),
    ...list(lookLines(facts)),
    paragraph(bold(pick('Models on this machine', 'Modelle auf diesem Rechner'))),
    ...list(modelLines(facts)),
    paragraph(
      bold(pick('Your own data', 'Deine eigenen Daten')),
      ': ',
      code(`${facts.prefix} ${pick('mydata', 'meinedaten')}`),
      pick(' gives you a copy, ', ' gibt dir eine Kopie, '),
      code(`${facts.prefix} ${pick('forget me', 'vergiss mich')}`),
      pick(
        ' erases it and says what was possible. No statistics about people are kept; logs hold no prompts and no names.',
        ' löscht sie und sagt, was möglich war. Statistiken über Menschen gibt es nicht; in Protokollen stehen weder Prompts noch Namen.',
      ),
    ),
  ];
}

const line = (title: string, ...parts: readonly (string | Span)[]): readonly Span[] => [
  bold(title),
  { text: ': ' },
  ...parts.map((part) => (typeof part === 'string' ? { text: part } : part)),
];

function hostLines({ servers, language }: Privacy): readonly (readonly Span[])[] {
  const pick = pickFor(language);
  const titles = { matrix: 'Matrix', mattermost: 'Mattermost', room: '', terminal: '' } as const;
  return [
    ...servers.map(({ platform, address }) => line(titles[platform], code(address))),
    servers.length === 0
      ? [
          {
            text: pick(
              'Nobody: no server is configured, so it connects to no host at all.',
              'Mit niemandem: Es ist kein Server eingestellt, also verbindet er sich mit keinem Rechner.',
            ),
          },
        ]
      : [
          {
            text: pick(
              'Nobody else: no other host is contacted, by no part of it.',
              'Mit niemandem sonst: Kein Teil von ihm nimmt Verbindung zu einem anderen Rechner auf.',
            ),
          },
        ],
    [
      {
        text: pick(
          'Models are downloaded only when its operator types a command for it. The proof: npm run test:egress, docs/trust.md.',
          'Modelle lädt nur, wer ihn betreibt, mit einem eigenen Befehl herunter. Der Beweis: npm run test:egress, docs/trust.md.',
        ),
      },
    ],
  ];
}

function keptLines({ retention: { days, by }, posts, keepStarred, language, prefix }: Privacy): readonly (readonly Span[])[] {
  const pick = pickFor(language);
  const howLong =
    days === 0
      ? pick('until somebody erases them', 'bis jemand sie löscht')
      : pick(
          `${days === 1 ? '1 day' : `${days} days`} after the job has ended`,
          `${days === 1 ? '1 Tag' : `${days} Tage`} nach dem Ende des Auftrags`,
        );
  return [
    line(
      pick('Prompts, pictures, uploads, stars of this room', 'Prompts, Bilder, Uploads, Sterne dieses Raums'),
      howLong,
      ` (${sourceSaid[language][by]}; `,
      code(`${prefix} ${pick('retention', 'aufbewahrung')}`),
      ')',
      ...(keepStarred && days > 0 ? [pick(', starred ones for longer', ', mit Stern auch länger')] : []),
    ),
    line(pick('Schedules', 'Zeitpläne'), pick('until somebody removes them', 'bis jemand sie entfernt')),
    line(pick('Styles', 'Stile'), pick('every version, also of removed ones', 'jede Fassung, auch von entfernten')),
    line(pick('Posts in the room', 'Beiträge im Raum'), postsSaid[language][days > 0 || posts === 'gone' ? posts : 'stay']),
  ];
}

const sourceSaid = {
  en: { room: 'chosen here', operator: 'as configured', usual: 'the default', older: 'no limit has been set' },
  de: { room: 'hier gewählt', operator: 'so eingestellt', usual: 'voreingestellt', older: 'keine Grenze gesetzt' },
} as const;

const postsSaid = {
  en: {
    stay: 'stay; the server decides for how long',
    removed: 'are removed with it where the server lets the bot',
    gone: 'go with it, this room has no server of its own',
  },
  de: {
    stay: 'bleiben; der Server entscheidet, wie lange',
    removed: 'werden mit gelöscht, wo der Server den Bot lässt',
    gone: 'gehen mit, dieser Raum hat keinen eigenen Server',
  },
} as const;

function lookLines(facts: Privacy): readonly (readonly Span[])[] {
  const { marks, signing, hasWatermark, similarity, classifier, language } = facts;
  const pick = pickFor(language);
  const layers = [
    pick('caption', 'Bildunterschrift'),
    'XMP',
    ...(marks.manifest && signing === 'ready' ? [pick('signed manifest', 'signiertes Manifest')] : []),
    ...(marks.watermark && hasWatermark ? [pick('invisible watermark', 'unsichtbares Wasserzeichen')] : []),
    ...(marks.prompt ? [pick('the prompt', 'der Prompt')] : []),
  ];
  const { mode, status } = similarity;
  const works = status?.works ?? 0;
  const compared =
    mode === 'off'
      ? pick('off', 'aus')
      : works === 0 && status?.outdated !== undefined
        ? pick(
            'an older version has read the library: nothing is compared before blitzbild references reindex',
            'eine ältere Version hat die Sammlung eingelesen: Vor blitzbild references reindex wird nichts verglichen',
          )
        : works === 0
          ? pick('the library is empty: nothing is compared', 'die Sammlung ist leer: Es wird nichts verglichen')
          : pick(
              `with ${countWorks(works, 'en')}; a match is ${mode === 'report' ? 'named' : 'held back'}`,
              `mit ${countWorks(works, 'de')}; ein Treffer wird ${mode === 'report' ? 'genannt' : 'zurückgehalten'}`,
            );
  const classified =
    classifier.broken !== undefined
      ? brokenSaid[language][classifier.broken]
      : classifier.installed === undefined
        ? pick('none installed: nothing is classified', 'keine installiert: Es wird nichts eingestuft')
        : classifier.isOn
          ? pick(`on, it looks for «${classifier.installed.label}»`, `an, sie sucht nach «${classifier.installed.label}»`)
          : pick('installed, off', 'installiert, aus');
  return [
    line(pick('Marks of origin', 'Herkunftskennzeichen'), layers.join(', ')),
    line(pick('Comparison with protected works', 'Vergleich mit geschützten Werken'), compared),
    line(pick('Classifier of pictures', 'Bilderkennung'), classified),
  ];
}

const brokenSaid = {
  en: {
    post: 'installed, but it can’t be used: pictures are posted without being classified',
    'hold-back': 'installed, but it can’t be used: every picture is held back',
  },
  de: {
    post: 'installiert, aber nicht verwendbar: Bilder werden gezeigt, ohne eingestuft zu sein',
    'hold-back': 'installiert, aber nicht verwendbar: Jedes Bild wird zurückgehalten',
  },
} as const;

function modelLines({ model, upscaler, similarity, classifier, language }: Privacy): readonly (readonly Span[])[] {
  const pick = pickFor(language);
  const shown = ({ name, hash }: NamedModel): readonly (string | Span)[] => (hash === undefined ? [name] : [`${name} `, code(hash)]);
  const rows: readonly (readonly [string, NamedModel | undefined])[] = [
    [pick('Drawing', 'Zeichnen'), model],
    [pick('Enlarging', 'Vergrößern'), upscaler],
    [pick('Comparing', 'Vergleichen'), similarity.status?.model],
    [pick('Classifying', 'Einstufen'), classifier.installed],
  ];
  return rows.flatMap(([title, named]) => (named === undefined ? [] : [line(title, ...shown(named))]));
}
