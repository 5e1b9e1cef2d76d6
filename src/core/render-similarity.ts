/** What the comparison with protected works said, in a line and as a report. It never says that nobody has rights in a picture. */
import { formatAll, formatNumber, pickFor } from '#core/format.ts';
import { bold, muted, paragraph, type RichText, type Span } from '#core/rich-text.ts';
import type { HeldBack } from '#core/safety-port.ts';
import type { NearestWork, SimilarityCheck, SimilarityStage, SimilarityVerdict, Work } from '#core/similarity-port.ts';
import type { Language } from '#core/types.ts';

type Compared = SimilarityVerdict & { readonly state: 'compared' };

/** `«The Scream» (Munch Museum)`. */
export const workTitle = ({ title, rightsHolder }: Pick<Work, 'title' | 'rightsHolder'>): string =>
  `«${title}»${rightsHolder === undefined ? '' : ` (${rightsHolder})`}`;

/** `resembles «The Scream» (Munch Museum): 0.93, a match from 0.85 on`. */
export function nearestLine({ work, similarity, threshold, isMatch }: NearestWork, language: Language): string {
  const pick = pickFor(language);
  const [value, from] = [formatNumber(similarity, language), formatNumber(threshold, language)];
  return isMatch
    ? pick(`resembles ${workTitle(work)}: ${value}, a match from ${from} on`, `ähnelt ${workTitle(work)}: ${value}, ab ${from} ein Treffer`)
    : pick(
        `nearest is ${workTitle(work)}: ${value}, a match from ${from} on`,
        `am nächsten ist ${workTitle(work)}: ${value}, ab ${from} ein Treffer`,
      );
}

/** One line for the facts of a picture. */
export function verdictLine(verdict: SimilarityVerdict, language: Language): string {
  const pick = pickFor(language);
  if (verdict.state === 'not_checked') return notCheckedLine(verdict.reason, language);
  const { nearest, works } = verdict;
  const compared = pick(`compared with ${countWorks(works, 'en')}`, `verglichen mit ${countWorks(works, 'de')}`);
  const found = nearest?.isMatch === true ? [] : [pick('no match', 'kein Treffer')];
  return [compared, ...found, ...(nearest === undefined ? [] : [nearestLine(nearest, language)])].join('; ');
}

/** Why a picture is not shown, in one line. */
export function heldBackLine(why: HeldBack, language: Language): string {
  const pick = pickFor(language);
  switch (why.by) {
    case 'similarity':
      return pick('it resembles a protected work', 'ähnelt einem geschützten Werk');
    case 'classifier': {
      const [value, from] = [formatNumber(why.probability, language), formatNumber(why.threshold, language)];
      return pick(
        `classified as «${why.label}» with ${value}, held back from ${from} on`,
        `als «${why.label}» erkannt mit ${value}, zurückgehalten ab ${from}`,
      );
    }
    case 'unchecked':
      return pick('a check that has to pass could not be made', 'eine Prüfung, die sein muss, war nicht möglich');
  }
}

function notCheckedLine(reason: (SimilarityVerdict & { state: 'not_checked' })['reason'], language: Language): string {
  const pick = pickFor(language);
  switch (reason) {
    case 'off':
      return pick('not checked: the comparison is off', 'nicht geprüft: Der Vergleich ist aus');
    case 'no_works':
      return pick('not checked: the library was empty', 'nicht geprüft: Die Sammlung war leer');
    case 'failed':
      return pick('not checked: the comparison failed', 'nicht geprüft: Der Vergleich ist gescheitert');
  }
}

const stageNames = {
  en: { file: 'the file itself', hash: 'a perceptual hash', embedding: 'a copy-detection model' },
  de: { file: 'die Datei selbst', hash: 'einen Wahrnehmungs-Hash', embedding: 'ein Modell, das Kopien erkennt' },
} as const satisfies Record<Language, Record<SimilarityStage, string>>;

export type SimilarityReport = {
  /** Such as `k7f3/A2`; absent for a picture that somebody brought. */
  readonly picture?: string;
  readonly verdict: Compared;
  readonly model: ReturnType<SimilarityCheck['status']>['model'];
  readonly language: Language;
};

/** What it was compared with, the highest similarity, what counts as a match, and what all that does not prove. */
export function renderSimilarityReport({ picture, verdict, model, language }: SimilarityReport): RichText {
  const pick = pickFor(language);
  const { works, stages, nearest, isMatch } = verdict;
  const names = stages.map((stage) =>
    stage === 'embedding' && model !== undefined
      ? `${stageNames[language][stage]} (${model.name}, ${model.hash})`
      : stageNames[language][stage],
  );
  const title = pick(
    `Comparison with protected works${picture === undefined ? '' : `: ${picture}`}`,
    `Vergleich mit geschützten Werken${picture === undefined ? '' : `: ${picture}`}`,
  );
  const items: readonly (readonly Span[])[] = [
    [
      { text: pick('Compared with ', 'Verglichen mit ') },
      { text: pick(`${countWorks(works, 'en')} of this library, by `, `${countWorks(works, 'de')} dieser Sammlung, durch `) },
      { text: `${formatAll(names, language)}.` },
    ],
    [{ text: pick('Highest similarity: ', 'Größte Ähnlichkeit: ') }, { text: highest(nearest, language) }],
    [
      bold(isMatch ? pick('A match.', 'Ein Treffer.') : pick('No match.', 'Kein Treffer.')),
      {
        text: isMatch
          ? pick(' Look at both before you use the picture.', ' Sieh dir beide an, bevor du das Bild verwendest.')
          : pick(' Nothing in this library is near enough.', ' Nichts in dieser Sammlung ist nah genug.'),
      },
    ],
  ];
  const limits = pick(
    'What this does not prove: only the works of this library were compared. Other works, styles, people and trademarks are not recognised, strong changes can hide a copy, and a match is a reason to look, not a judgement.',
    'Was das nicht beweist: Verglichen wurden nur die Werke dieser Sammlung. Andere Werke, Stile, Personen und Marken werden nicht erkannt, starke Veränderungen können eine Kopie verbergen, und ein Treffer ist ein Anlass hinzusehen, kein Urteil.',
  );
  return [paragraph(bold(title)), { kind: 'list', items }, paragraph(muted(limits))];
}

function highest(nearest: NearestWork | undefined, language: Language): string {
  const pick = pickFor(language);
  if (nearest === undefined) return pick('nothing came near enough to be named.', 'nichts kam nah genug, um es zu nennen.');
  const { work, stage, similarity, threshold } = nearest;
  const licence = work.licence === undefined ? '' : pick(`, licence ${work.licence}`, `, Lizenz ${work.licence}`);
  const [value, from] = [formatNumber(similarity, language), formatNumber(threshold, language)];
  return pick(
    `${value} with ${workTitle(work)}${licence}, by ${stageNames.en[stage]}; from ${from} on it counts as a match.`,
    `${value} mit ${workTitle(work)}${licence}, durch ${stageNames.de[stage]}; ab ${from} gilt es als Treffer.`,
  );
}

/** `one work`, `12 works`; in German in the dative. */
export function countWorks(count: number, language: Language): string {
  const number = formatNumber(count, language);
  if (language === 'de') return count === 1 ? 'einem Werk' : `${number} Werken`;
  return count === 1 ? 'one work' : `${number} works`;
}
