/** What a change of a style, or an import, would do: shown before it counts. */
import { formatAll, pickFor } from '#core/format.ts';
import type { Voice } from '#core/message-codes.ts';
import { problemMessage } from '#core/messages.ts';
import { cleanText, clip } from '#core/prompt-text.ts';
import { fieldName, lostName } from '#core/render-style-words.ts';
import { shownValue } from '#core/render-styles.ts';
import { bold, code, muted, paragraph, type Block, type RichText, type Span } from '#core/rich-text.ts';
import type { StyleChange } from '#core/style-changes.ts';
import type { ImportPlan, ImportProblem, PlannedStyle, StyleExport, StyleFormat, StyleImport } from '#core/style-import.ts';
import type { StyleName } from '#core/styles.ts';
import type { Language } from '#core/types.ts';

export type StyleChangeView = Pick<Voice, 'language'> & {
  readonly name: StyleName;
  readonly changes: readonly StyleChange[];
  readonly isNew: boolean;
};

/** Every part that differs, as it was and as it would be. */
export function renderStyleChange({ name, changes, isNew, language }: StyleChangeView): RichText {
  const pick = pickFor(language);
  return [
    isNew
      ? paragraph(pick('New style ', 'Neuer Stil '), bold(name), ':')
      : paragraph(pick('Style ', 'Stil '), bold(name), pick(' would change:', ' würde sich ändern:')),
    { kind: 'list', items: changes.map((change) => changeItem(change, language)) },
  ];
}

function changeItem({ field, before, after }: StyleChange, language: Language): readonly Span[] {
  const value = (text: string | undefined): readonly Span[] =>
    text === undefined ? [muted(pickFor(language)('nothing', 'nichts'))] : shownValue(field, text, language);
  const arrow = before === undefined ? [] : [...value(before), { text: ' → ' }];
  return [bold(`${fieldName(field, language)}: `), ...arrow, ...value(after)];
}

// ---------------------------------------------------------------- files

export type ImportView = Voice & {
  readonly fileName: string;
  readonly imported: Pick<StyleImport, 'leftOut' | 'unused'>;
  readonly plan: ImportPlan;
};

const shownNames = 30;
const shownChanges = 10;
const shownProblems = 10;

/** How many are new, changed or refused, which, and why; a file that can't be read at all is its one sentence. */
export function renderImport({ fileName, imported, plan, ...voice }: ImportView): RichText {
  const { language } = voice;
  const pick = pickFor(language);
  const { added, changed, same, problems } = plan;
  const [only] = problems;
  if (added.length + changed.length + same.length === 0 && problems.length === 1 && only !== undefined) {
    return [{ kind: 'paragraph', spans: problemLine(only, voice) }];
  }
  const counts = [
    count(added.length, pick('new', 'neu')),
    count(changed.length, pick('changed', 'geändert')),
    count(same.length, pick('the same as before', 'wie bisher')),
    count(problems.length, pick('not usable', 'nicht verwendbar')),
  ].filter((text) => text !== '');
  return [
    paragraph(
      bold(clip(cleanText(fileName), 60)),
      `: ${counts.length === 0 ? pick('no styles in it', 'keine Stile darin') : formatAll(counts, language)}.`,
    ),
    ...(added.length === 0 ? [] : [paragraph(bold(pick('New: ', 'Neu: ')), namesOf(added, language))]),
    ...(changed.length === 0 ? [] : changedList(changed, language)),
    ...(problems.length === 0 ? [] : problemList(problems, voice)),
    ...leftOutLine(imported, language),
  ];
}

const count = (number: number, what: string): string => (number === 0 ? '' : `${number} ${what}`);

function namesOf(styles: readonly PlannedStyle[], language: Language): string {
  const names = styles.slice(0, shownNames).map(({ name }) => name);
  const hidden = styles.length - names.length;
  return hidden === 0 ? `${names.join(', ')}.` : `${names.join(', ')} ${moreText(hidden, language)}`;
}

const moreText = (hidden: number, language: Language): string => pickFor(language)(`… and ${hidden} more.`, `… und ${hidden} weitere.`);

function changedList(changed: readonly PlannedStyle[], language: Language): readonly Block[] {
  const items = changed.slice(0, shownChanges).map(({ name, changes }): readonly Span[] => {
    const fields = formatAll(
      changes.map(({ field }) => fieldName(field, language)),
      language,
    );
    return [bold(name), { text: `: ${fields}` }];
  });
  const hidden = changed.length - items.length;
  return [
    paragraph(bold(pickFor(language)('Changed:', 'Geändert:'))),
    { kind: 'list', items: hidden === 0 ? items : [...items, [{ text: moreText(hidden, language) }]] },
  ];
}

function problemList(problems: readonly ImportProblem[], voice: Voice): readonly Block[] {
  const items = problems.slice(0, shownProblems).map((problem) => problemLine(problem, voice));
  const hidden = problems.length - items.length;
  return [
    paragraph(bold(pickFor(voice.language)('Not usable:', 'Nicht verwendbar:'))),
    { kind: 'list', items: hidden === 0 ? items : [...items, [{ text: moreText(hidden, voice.language) }]] },
  ];
}

/** `Line 12, «cyber»: …` */
export function problemLine({ place: { line, entry, name }, problem }: ImportProblem, voice: Voice): readonly Span[] {
  const pick = pickFor(voice.language);
  const where = [
    line === undefined ? (entry === undefined ? '' : `${pick('Entry', 'Eintrag')} ${entry}`) : `${pick('Line', 'Zeile')} ${line}`,
    name === undefined ? '' : `«${name}»`,
  ].filter((text) => text !== '');
  return [...(where.length === 0 ? [] : [{ text: `${where.join(', ')}: ` }]), ...problemMessage(problem, voice)];
}

function leftOutLine({ leftOut, unused }: ImportView['imported'], language: Language): RichText {
  const pick = pickFor(language);
  const parts = [
    leftOut === 0
      ? ''
      : pick(
          `${leftOut} ${leftOut === 1 ? 'entry' : 'entries'} without a style left out.`,
          `${leftOut} ${leftOut === 1 ? 'Eintrag' : 'Einträge'} ohne Stil ausgelassen.`,
        ),
    unused.length === 0 ? '' : pick('Not used here: ', 'Hier ohne Verwendung: ') + clip(unused.join(', '), 200),
  ].filter((text) => text !== '');
  return parts.length === 0 ? [] : [paragraph(muted(parts.join(' ')))];
}

const formatTitles = { csv: 'A1111 CSV', json: 'Fooocus JSON', yaml: 'YAML' } as const satisfies Record<StyleFormat, string>;

/** How many styles are in the file, and what it has no place for. */
export function renderExport({
  count: styles,
  format,
  lost,
  language,
  prefix,
}: Voice & Pick<StyleExport, 'lost'> & { readonly count: number; readonly format: StyleFormat }): RichText {
  const pick = pickFor(language);
  const kind = formatTitles[format];
  const head = pick(
    `${styles} ${styles === 1 ? 'style' : 'styles'} as ${kind}.`,
    `${styles} ${styles === 1 ? 'Stil' : 'Stile'} als ${kind}.`,
  );
  if (lost.length === 0) return [paragraph(head)];
  const fields = formatAll([...new Set(lost.map((field) => lostName(field, language)))], language);
  return [
    paragraph(
      head,
      pick(` That format has no place for ${fields}. Everything is in `, ` In diesem Format fehlen ${fields}. Alles enthält `),
      code(`${prefix} ${pick('style export yaml', 'stil exportieren yaml')}`),
      '.',
    ),
  ];
}
