import type { Language } from '#core/types.ts';
import { verbGroups, verbNames, verbRow, type VerbGroup } from '#core/verbs.ts';

const heads: Readonly<Record<Language, string>> = {
  en: '| Type | Get | Also |',
  de: '| Schreib | und du bekommst | Auch |',
};
const prefixes: Readonly<Record<Language, string>> = { en: '!img', de: '!bild' };

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Every command, a heading and a table for each group. */
export function commandTablesMarkdown(language: Language): string {
  const groups = Object.keys(verbGroups) as readonly VerbGroup[];
  return groups.map((group) => [`### ${verbGroups[group][language]}`, '', ...table(group, language)].join('\n')).join('\n\n');
}

function table(group: VerbGroup, language: Language): readonly string[] {
  const rows = verbNames
    .map((name) => verbRow(name))
    .filter((verb) => verb.group === group)
    .map(({ names, form, description }) => {
      const [shown = '', ...also] = names[language];
      const typed = `${prefixes[language]} ${shown} ${form[language]}`.trim();
      return `| \`${cell(typed)}\` | ${cell(description[language])} | ${also.map((other) => `\`${other}\``).join(' ')} |`;
    });
  return [heads[language], '| --- | --- | --- |', ...rows];
}
