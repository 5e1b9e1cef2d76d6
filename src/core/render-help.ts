/** Help: short, with examples that the active model can draw. */
import { formatNumber, pickFor, withCode } from '#core/format.ts';
import { helpTopics, topicName, type HelpTopic } from '#core/help-topics.ts';
import { limitNames, limitTable, type Limits } from '#core/limits.ts';
import type { Voice } from '#core/message-codes.ts';
import { aliasesOf, ownAliases, allowedValues, flagExample, flagOf, optionNames, optionRow, type OptionName } from '#core/options.ts';
import { adminsHelp, picturesHelp, schedulesHelp, stylesHelp } from '#core/render-help-topics.ts';
import { sizesText } from '#core/render-lists.ts';
import { renderExamples, renderVocabulary } from '#core/render-vocabulary.ts';
import { bold, code, paragraph, type Block, type RichText, type Span } from '#core/rich-text.ts';
import { typedSize } from '#core/size.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { verbGroups, verbNames, verbRow, type VerbGroup, type VerbName } from '#core/verbs.ts';

export type Help = Voice & { readonly model: ModelInfo; readonly limits: Limits };

export function renderHelp(topic: HelpTopic | undefined, help: Help): RichText {
  if (topic === undefined) return overview(help);
  if (typeof topic === 'object') return 'verb' in topic ? verbHelp(topic.verb, help) : optionHelp(topic.option, help);
  return topics[topic](help);
}

const topics: Readonly<Record<(typeof helpTopics)[number], (help: Help) => RichText>> = {
  options: optionsHelp,
  subjects: subjectsHelp,
  styles: stylesHelp,
  pictures: picturesHelp,
  schedules: schedulesHelp,
  limits: limitsHelp,
  admins: adminsHelp,
  commands: commandsHelp,
};

/** What a newcomer needs first; the rest is behind the topics. */
const ofPicture = ['upscale', 'vary', 'again', 'info'] as const satisfies readonly VerbName[];
const besides = ['styles', 'queue', 'cancel', 'find'] as const satisfies readonly VerbName[];

/** Short enough for a phone. */
function overview(help: Help): RichText {
  const { model, language, prefix } = help;
  const pick = pickFor(language);
  const [first = pick('a red fox', 'ein roter Fuchs'), second = first] = model.examples[language];
  const names = helpTopics.map((topic) => code(topicName(topic, language)));
  return [
    paragraph(pick('Type ', 'Schreib '), code(prefix), pick(' and what you want to see:', ' und was du sehen möchtest:')),
    {
      kind: 'list',
      items: [
        [code(`${prefix} ${first}`)],
        [code(`${prefix} ${second} --n 4`), { text: pick(' – four pictures', ' – vier Bilder') }],
        [code(`${prefix} ${first} --seed 42 --hq`), { text: pick(' – reproducible and finer', ' – wiederholbar und feiner') }],
      ],
    },
    paragraph(
      pick('In reply to a picture, or with its name such as ', 'Als Antwort auf ein Bild, oder mit seinem Namen wie '),
      code('k7f3/A2'),
      ':',
    ),
    briefList(ofPicture, help),
    paragraph(pick('And besides:', 'Außerdem:')),
    briefList(besides, help),
    paragraph(
      pick('More: ', 'Mehr: '),
      code(`${prefix} ${pick('help', 'hilfe')}`),
      pick(' and one of ', ' und eines von '),
      ...separate(names),
    ),
  ];
}

const separate = (spans: readonly Span[]): readonly (Span | string)[] =>
  spans.flatMap((span, index) => (index === 0 ? [span] : [' · ', span]));

const typedVerb = (name: VerbName, { language, prefix }: Voice): string => `${prefix} ${verbRow(name).names[language][0] ?? name}`;

/** The command alone, and the first half of what is said about it. */
function briefList(names: readonly VerbName[], help: Help): Block {
  const brief = (name: VerbName): string => verbRow(name).description[help.language].split(/[;:]/u)[0] ?? '';
  return { kind: 'list', items: names.map((name) => [code(typedVerb(name, help)), { text: ' – ' }, ...withCode(brief(name))]) };
}

function verbItem(name: VerbName, help: Help): readonly Span[] {
  const { form, description } = verbRow(name);
  return [code(`${typedVerb(name, help)} ${form[help.language]}`.trim()), { text: ' – ' }, ...withCode(description[help.language])];
}

/** Every command, group by group. */
function commandsHelp(help: Help): RichText {
  const groups = Object.keys(verbGroups) as readonly VerbGroup[];
  return groups.flatMap((group) => [
    paragraph(bold(verbGroups[group][help.language])),
    { kind: 'list', items: verbNames.filter((name) => verbRow(name).group === group).map((name) => verbItem(name, help)) } as const,
  ]);
}

function verbHelp(name: VerbName, help: Help): RichText {
  const { language } = help;
  const pick = pickFor(language);
  const { names } = verbRow(name);
  const [shown = name] = names[language];
  const also = [...names[language], ...names[pick('de', 'en')]].filter(
    (other, index, all) => other !== shown && all.indexOf(other) === index,
  );
  return [
    paragraph(...verbItem(name, help)),
    ...(also.length === 0 ? [] : [paragraph(pick('Also: ', 'Auch: '), ...separate(also.map((other) => code(other))))]),
  ];
}

function optionsHelp(help: Help): RichText {
  const { language, prefix } = help;
  const pick = pickFor(language);
  const items = optionNames.map((name): readonly Span[] => {
    const { placeholder, description } = optionRow(name);
    const also = ownAliases(name, language)[0];
    return [
      code(`${flagOf(name)} ${placeholder[language]}`.trim()),
      ...(also === undefined ? [] : [{ text: pick(' or ', ' oder ') }, code(also)]),
      { text: ` – ` },
      ...withCode(description[language]),
      { text: allowedText(name, help) },
    ];
  });
  const [example = pick('a red fox', 'ein roter Fuchs')] = help.model.examples[language];
  return [
    paragraph(
      bold(pick('Options', 'Optionen')),
      pick(' – anywhere in the command, best at its end:', ' – irgendwo im Befehl, am besten am Ende:'),
    ),
    { kind: 'list', items },
    paragraph(pick('Example: ', 'Beispiel: '), code(`${prefix} ${example} --n 4 --seed 42`)),
    paragraph(
      ...withCode(
        pick(
          'After `--` everything is prompt, even what looks like a command.',
          'Hinter `--` ist alles Prompt, auch was wie ein Befehl aussieht.',
        ),
      ),
    ),
  ];
}

/** ` (1 to 20)`, or the model's sizes; empty where anything goes. */
function allowedText(name: OptionName, { limits, language, model }: Help): string {
  const allowed = name === 'size' ? sizesText(model, language) : allowedValues(name, limits, language, model);
  return allowed === '' ? '' : ` (${allowed})`;
}

function optionHelp(name: OptionName, help: Help): RichText {
  const { language, prefix } = help;
  const pick = pickFor(language);
  const [example = pick('a red fox', 'ein roter Fuchs')] = help.model.examples[language];
  const also = aliasesOf(name, language).map((alias) => code(alias));
  return [
    paragraph(code(flagOf(name)), ' – ', ...withCode(optionRow(name).description[language]), allowedText(name, help)),
    ...(also.length === 0 ? [] : [paragraph(pick('Also: ', 'Auch: '), ...separate(also))]),
    paragraph(pick('Example: ', 'Beispiel: '), code(`${prefix} ${example} ${exampleFor(name, help.model)}`)),
  ];
}

/** One that this model can do. */
function exampleFor(name: OptionName, { sizes, fast, name: model }: ModelInfo): string {
  const isSquareOnly = sizes.kind === 'fixed' && sizes.list.every(([widthPx, heightPx]) => widthPx === heightPx);
  if (name === 'size') return `--size ${typedSize(fast)}`;
  if (name === 'model') return `--model ${model}`;
  return name === 'aspect' && isSquareOnly ? '--ar square' : flagExample(name);
}

function subjectsHelp({ model, language, prefix }: Help): RichText {
  const pick = pickFor(language);
  const anything = pick(`${model.title} draws what words can describe.`, `${model.title} zeichnet, was sich in Worten beschreiben lässt.`);
  const list = model.vocabulary === undefined ? [paragraph(anything)] : renderVocabulary(model, { language });
  return [...list, ...renderExamples(model, { language, prefix })];
}

function limitsHelp({ model, limits, language, prefix }: Help): RichText {
  const pick = pickFor(language);
  const shown = limitNames.filter((name) => limitTable[name].configurable);
  const rows = shown.map((name) => [plainDescription(limitTable[name].description[language]), formatNumber(limits[name], language)]);
  return [
    {
      kind: 'table',
      head: pick(['Limit', 'Value'], ['Grenze', 'Wert']),
      rows: [...rows, [pick(`steps (${model.title})`, `Schritte (${model.title})`), String(model.maxSteps)]],
    },
    paragraph(pick(`Sizes: ${sizesText(model, language)}.`, `Größen: ${sizesText(model, language)}.`)),
    paragraph(pick('What you have used of it: ', 'Was du davon verbraucht hast: '), code(`${prefix} ${pick('limits', 'grenzen')}`)),
  ];
}

/** Table cells have no markup. */
const plainDescription = (text: string): string => text.replaceAll('`', '');
