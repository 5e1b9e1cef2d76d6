/** The list of styles, one style, and its versions. */
import { formatAll, pickFor } from '#core/format.ts';
import type { Voice } from '#core/message-codes.ts';
import { clip } from '#core/prompt-text.ts';
import { fieldName, fieldValue } from '#core/render-style-words.ts';
import { bold, code, muted, paragraph, type RichText, type Span } from '#core/rich-text.ts';
import { applyStyle, needsLargerModel } from '#core/style-apply.ts';
import { fieldsOf, styleChanges, type StyleField } from '#core/style-changes.ts';
import { searchStyles, styleKey } from '#core/style-names.ts';
import type { StyleVersion } from '#core/team-store-ports.ts';
import type { NamedStyle, Style, StyleName } from '#core/styles.ts';
import type { Language } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';

export type StyleList = Voice & {
  readonly styles: readonly NamedStyle[];
  /** Words that were searched for; none list all. */
  readonly words?: readonly string[];
  readonly active: Pick<ModelInfo, 'guidance' | 'vocabulary' | 'examples'>;
  /** Of this room. */
  readonly defaultStyle?: StyleName | undefined;
};

const shownStyles = 40;
const shownAliases = 2;

export function renderStyles({ styles, words = [], active, defaultStyle, language, prefix }: StyleList): RichText {
  const pick = pickFor(language);
  const found = searchStyles(words, styles);
  const [first] = found;
  const all = code(`${prefix} ${pick('styles', 'stile')}`);
  if (first === undefined) {
    return words.length === 0
      ? [paragraph(pick('There are no styles yet.', 'Es gibt noch keine Stile.'))]
      : [
          paragraph(
            ...pick<readonly (string | Span)[]>(
              [`No style has to do with «${clip(words.join(' '), 40)}»: `, all, ` lists all ${styles.length}.`],
              [`Zu «${clip(words.join(' '), 40)}» gibt es keinen Stil: `, all, ` zeigt alle ${styles.length}.`],
            ),
          ),
        ];
  }
  const items = found.slice(0, shownStyles).map((style) => listItem(style, { language, active, isDefault: style.name === defaultStyle }));
  const hidden = found.length - items.length;
  const more = [
    paragraph(
      pick(`… and ${hidden} more; to search: `, `… und ${hidden} weitere; zum Suchen: `),
      code(`${prefix} ${pick('styles neon', 'stile neon')}`),
    ),
  ];
  const [example = ''] = active.examples[language];
  const plainExample = example.split(',')[0] ?? example;
  // One that changes something, so that the example shows what styles are for.
  const shown = found.find(({ style }) => style.prompt !== '{prompt}' && !needsLargerModel(style, active)) ?? first;
  return [
    paragraph(heading(found.length, words, language)),
    { kind: 'list', items },
    ...(hidden > 0 ? more : []),
    paragraph(
      pick('To use one: ', 'So nimmst du einen: '),
      code(`${prefix} ${plainExample} --${pick('style', 'stil')} ${namesShown(shown, language)}`),
      pick('; what it does: ', '; was er tut: '),
      code(`${prefix} ${pick('style show', 'stil zeigen')} ${namesShown(shown, language)}`),
    ),
  ];
}

function heading(count: number, words: readonly string[], language: Language): string {
  const pick = pickFor(language);
  const what = words.length === 0 ? '' : pick(` for «${clip(words.join(' '), 40)}»`, ` zu «${clip(words.join(' '), 40)}»`);
  return `${count} ${count === 1 ? pick('style', 'Stil') : pick('styles', 'Stile')}${what}:`;
}

/** As somebody of this language would type it: the first alias that reads like the German title, else the name. */
function namesShown({ name, style }: NamedStyle, language: Language): string {
  const alias = language === 'de' ? style.aliases.find((own) => styleKey(own) === styleKey(style.title.de)) : undefined;
  return quoted(alias ?? name);
}

const quoted = (name: string): string => (name.includes(' ') ? `"${name}"` : name);

type ListContext = { readonly language: Language; readonly active: StyleList['active']; readonly isDefault: boolean };

function listItem({ name, style }: NamedStyle, { language, active, isDefault }: ListContext): readonly Span[] {
  const pick = pickFor(language);
  const title = style.title[language];
  const aliases = style.aliases.filter((alias) => styleKey(alias) !== styleKey(title)).slice(0, shownAliases);
  const notes = [
    ...(aliases.length === 0 ? [] : [`${pick('also', 'auch')} ${aliases.join(', ')}`]),
    ...(isDefault ? [pick('default of this room', 'Vorgabe dieses Raums')] : []),
    ...(needsLargerModel(style, active) ? [pick('needs a larger model', 'braucht ein größeres Modell')] : []),
  ];
  return [
    bold(name),
    ...(styleKey(title) === styleKey(name) ? [] : [{ text: ` – ${title}` }]),
    ...notes.map((note) => muted(` · ${note}`)),
  ];
}

// ---------------------------------------------------------------- one style

export type OneStyle = Voice & {
  readonly name: StyleName;
  readonly version: StyleVersion & Pick<NamedStyle, 'style'>;
  readonly active: Pick<ModelInfo, 'name' | 'guidance' | 'vocabulary' | 'examples'>;
  readonly isDefault: boolean;
};

const facts: readonly StyleField[] = ['prompt', 'negativePrompt', 'aliases', 'size', 'steps', 'guidance', 'model', 'enhance'];

/** The template, what the active model sees of an example, and the defaults. */
export function renderStyle({ name, version: { style, version }, active, isDefault, language, prefix }: OneStyle): RichText {
  const pick = pickFor(language);
  const values = fieldsOf(style);
  const items = facts.flatMap((field) => {
    const value = values[field];
    return value === undefined ? [] : [[bold(`${fieldName(field, language)}: `), ...shownValue(field, value, language)]];
  });
  const prompt = (active.examples[language][0] ?? '').split(',')[0] ?? '';
  const ofRoom = isDefault ? pick(', default of this room', ', Vorgabe dieses Raums') : '';
  return [
    paragraph(bold(style.title[language]), ' (', code(name), `, ${pick('version', 'Version')} ${version}${ofRoom})`),
    { kind: 'list', items },
    paragraph(...seenBy(active, style, prompt, language)),
    paragraph(
      pick('To use it: ', 'So nimmst du ihn: '),
      code(`${prefix} ${prompt} --${pick('style', 'stil')} ${namesShown({ name, style }, language)}`),
    ),
  ];
}

/** What the active model gets of an example. */
function seenBy(active: OneStyle['active'], style: Style, prompt: string, language: Language): readonly (string | Span)[] {
  const pick = pickFor(language);
  const seen = applyStyle(style, { prompt, negativePrompt: '' }, active);
  if (seen.note !== undefined && seen.prompt === prompt && seen.filter === undefined) {
    return [
      pick(
        `This style needs a larger model: ${active.name} draws without it.`,
        `Dieser Stil braucht ein größeres Modell: ${active.name} zeichnet ohne ihn.`,
      ),
    ];
  }
  if (seen.prompt === prompt && seen.negativePrompt === '' && seen.filter === undefined) {
    return [pick('It leaves the prompt as it is.', 'Er lässt den Prompt, wie er ist.')];
  }
  const filter = seen.filter === undefined ? '' : fieldValue('filter', seen.filter, language);
  return [
    pick(`For ${active.name}, `, `Für ${active.name} wird aus `),
    code(prompt),
    pick(' becomes ', ': '),
    code(seen.prompt),
    ...(seen.negativePrompt === '' ? [] : [pick(', without ', ', ohne '), code(clip(seen.negativePrompt, 200))]),
    ...(filter === '' ? [] : [pick(`, then comes the filter «${filter}»`, `, danach kommt der Filter «${filter}»`)]),
    '.',
    ...(seen.note === undefined
      ? []
      : [
          pick(
            ' The style needs a larger model; that is the nearest this one can draw.',
            ' Der Stil braucht ein größeres Modell; so kommt dieses ihm am nächsten.',
          ),
        ]),
  ];
}

/** Texts that can be typed stand as code. */
export const shownValue = (field: StyleField, value: string, language: Language): readonly Span[] =>
  ['prompt', 'negativePrompt', 'smallPrompt', 'model'].includes(field) ? [code(value)] : [{ text: fieldValue(field, value, language) }];

// ---------------------------------------------------------------- versions

export type StyleVersions = Voice & {
  readonly name: StyleName;
  /** Newest first. */
  readonly versions: readonly StyleVersion[];
  /** IANA name. */
  readonly timeZone: string;
};

const shownVersions = 15;

/** Who changed what and when, newest first. */
export function renderStyleVersions({ name, versions, timeZone, language, prefix }: StyleVersions): RichText {
  const pick = pickFor(language);
  const time = new Intl.DateTimeFormat(pick('en-GB', 'de-DE'), { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const rows = versions
    .slice(0, shownVersions)
    .map((version, index) => [
      String(version.version),
      time.format(version.changedAtMs),
      version.changedBy === undefined ? 'Blitzbild' : personName(version.changedBy),
      whatChanged(version, versions[index + 1], language),
    ]);
  const hidden = versions.length - rows.length;
  return [
    paragraph(pick('Versions of ', 'Versionen von '), bold(name), ':'),
    { kind: 'table', head: pick(['Version', 'When', 'Who', 'What'], ['Version', 'Wann', 'Wer', 'Was']), rows },
    ...(hidden > 0 ? [paragraph(pick(`… and ${hidden} older ones.`, `… und ${hidden} ältere.`))] : []),
    ...(versions.length > 1
      ? [
          paragraph(
            pick('The one before comes back with ', 'Die vorige kommt zurück mit '),
            code(`${prefix} ${pick('style undo', 'stil zurück')} ${quoted(name)}`),
            '.',
          ),
        ]
      : []),
  ];
}

/** `@ada:example.org` → `ada`. */
const personName = (id: string): string => clip(/^@([^:]+)/u.exec(id)?.[1] ?? id, 30);

function whatChanged({ style }: StyleVersion, before: StyleVersion | undefined, language: Language): string {
  const pick = pickFor(language);
  if (style === undefined) return pick('removed', 'entfernt');
  if (before === undefined) return pick('new', 'neu');
  if (before.style === undefined) return pick('there again', 'wieder da');
  const fields = styleChanges(before.style, style).map(({ field }) => fieldName(field, language));
  return fields.length === 0 ? pick('nothing', 'nichts') : formatAll(fields, language);
}
