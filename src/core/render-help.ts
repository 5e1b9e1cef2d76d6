/** Help: short, with examples that the active model can draw. */
import { withCode } from '#core/format.ts';
import { topicName, type HelpTopic } from '#core/help-topics.ts';
import { limitNames, limitTable, type Limits } from '#core/limits.ts';
import type { Voice } from '#core/message-codes.ts';
import { aliasesOf, allowedValues, flagExample, flagOf, optionNames, optionRow, type OptionName } from '#core/options.ts';
import { formatNumber } from '#core/format.ts';
import { sizesText } from '#core/render-lists.ts';
import { bold, code, paragraph, type Block, type RichText, type Span } from '#core/rich-text.ts';
import type { ModelInfo } from '#core/types.ts';
import { verbNames, verbRow } from '#core/verbs.ts';

export type Help = Voice & { readonly model: ModelInfo; readonly limits: Limits };

export function renderHelp(topic: HelpTopic | undefined, help: Help): RichText {
  if (topic === undefined) return overview(help);
  if (typeof topic === 'object') return optionHelp(topic.option, help);
  return { options: optionsHelp, subjects: subjectsHelp, limits: limitsHelp, commands: commandsHelp }[topic](help);
}

function overview(help: Help): RichText {
  const { model, language, prefix } = help;
  const german = language === 'de';
  const [first = german ? 'ein roter Fuchs' : 'a red fox', second = first] = model.examples[language];
  const topics = (['options', 'subjects', 'limits'] as const).map((topic) =>
    code(`${prefix} ${german ? 'hilfe' : 'help'} ${topicName(topic, language)}`),
  );
  return [
    paragraph(...withCode(german ? `Schreib \`${prefix}\` und was du sehen möchtest:` : `Type \`${prefix}\` and what you want to see:`)),
    {
      kind: 'list',
      items: [
        [code(`${prefix} ${first}`)],
        [code(`${prefix} ${second} --n 4`), { text: german ? ' – vier Bilder' : ' – four pictures' }],
        [code(`${prefix} ${first} --seed 42 --hq`), { text: german ? ' – wiederholbar und feiner' : ' – reproducible and finer' }],
      ],
    },
    paragraph(german ? 'Außerdem:' : 'And besides:'),
    verbList(help),
    paragraph(german ? 'Mehr: ' : 'More: ', ...separate(topics)),
  ];
}

const separate = (spans: readonly Span[]): readonly (Span | string)[] =>
  spans.flatMap((span, index) => (index === 0 ? [span] : [' · ', span]));

function verbList({ language, prefix }: Help): Block {
  const items = verbNames.map((name) => {
    const { names, form, description } = verbRow(name);
    return [code(`${prefix} ${names[language][0] ?? name} ${form[language]}`.trim()), { text: ' – ' }, ...withCode(description[language])];
  });
  return { kind: 'list', items };
}

const commandsHelp = (help: Help): RichText => [paragraph(bold(help.language === 'de' ? 'Befehle' : 'Commands')), verbList(help)];

function optionsHelp(help: Help): RichText {
  const { language, prefix } = help;
  const german = language === 'de';
  const items = optionNames.map((name): readonly Span[] => {
    const { placeholder, description } = optionRow(name);
    const also = aliasesOf(name, language)[0];
    return [
      code(`${flagOf(name)} ${placeholder[language]}`.trim()),
      ...(also === undefined ? [] : [{ text: german ? ' oder ' : ' or ' }, code(also)]),
      { text: ` – ` },
      ...withCode(description[language]),
      { text: allowedText(name, help) },
    ];
  });
  const [example = german ? 'ein roter Fuchs' : 'a red fox'] = help.model.examples[language];
  return [
    paragraph(
      bold(german ? 'Optionen' : 'Options'),
      german ? ' – irgendwo im Befehl, am besten am Ende:' : ' – anywhere in the command, best at its end:',
    ),
    { kind: 'list', items },
    paragraph(german ? 'Beispiel: ' : 'Example: ', code(`${prefix} ${example} --n 4 --seed 42`)),
    paragraph(
      ...withCode(
        german
          ? 'Hinter `--` ist alles Prompt, auch was wie ein Befehl aussieht.'
          : 'After `--` everything is prompt, even what looks like a command.',
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
  const german = language === 'de';
  const [example = german ? 'ein roter Fuchs' : 'a red fox'] = help.model.examples[language];
  const also = aliasesOf(name, language).map((alias) => code(alias));
  return [
    paragraph(code(flagOf(name)), ' – ', ...withCode(optionRow(name).description[language]), allowedText(name, help)),
    ...(also.length === 0 ? [] : [paragraph(german ? 'Auch: ' : 'Also: ', ...separate(also))]),
    paragraph(german ? 'Beispiel: ' : 'Example: ', code(`${prefix} ${example} ${flagExample(name)}`)),
  ];
}

function subjectsHelp({ model, language, prefix }: Help): RichText {
  const german = language === 'de';
  const examples = model.examples[language].map((example) => [code(`${prefix} ${example}`)]);
  const drawn = model.draws?.[language];
  const list: RichText =
    drawn === undefined
      ? [
          paragraph(
            german ? `${model.title} zeichnet, was sich in Worten beschreiben lässt.` : `${model.title} draws what words can describe.`,
          ),
        ]
      : [
          paragraph(german ? `${model.title} kennt ${drawn.length} Motive:` : `${model.title} knows ${drawn.length} subjects:`),
          paragraph(drawn.join(', ')),
        ];
  if (examples.length === 0) return list;
  return [...list, paragraph(german ? 'Zum Beispiel:' : 'For example:'), { kind: 'list', items: examples }];
}

function limitsHelp({ model, limits, language }: Help): RichText {
  const german = language === 'de';
  const shown = limitNames.filter((name) => limitTable[name].configurable);
  const rows = shown.map((name) => [plainDescription(limitTable[name].description[language]), formatNumber(limits[name], language)]);
  return [
    {
      kind: 'table',
      head: german ? ['Grenze', 'höchstens'] : ['Limit', 'at most'],
      rows: [...rows, [german ? `Schritte (${model.title})` : `steps (${model.title})`, String(model.maxSteps)]],
    },
    paragraph(german ? `Größen: ${sizesText(model, language)}.` : `Sizes: ${sizesText(model, language)}.`),
  ];
}

/** Table cells have no markup. */
const plainDescription = (text: string): string => text.replaceAll('`', '');
