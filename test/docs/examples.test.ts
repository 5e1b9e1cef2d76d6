import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { verbNames, verbRow } from '#core/verbs.ts';
import { commandTablesMarkdown } from '#src/docs/command-table.ts';
import { messageTableMarkdown } from '#src/docs/message-table.ts';
import { parse } from '../core/sample.ts';

const root = join(import.meta.dirname, '../..');
/** Tables of forms such as `[k7f3|A2]`, and messages with placeholders, are no examples. */
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md') && name !== 'messages.md')
    .map((name) => join('docs', name)),
];
const withoutTables = (text: string): string => text.replace(/<!-- generated:\w+ -->[\s\S]*?<!-- \/generated -->/gu, '');

/** What is typed in a page: code in sentences, and the lines of a block without a language. */
function typedIn(markdown: string): readonly string[] {
  const text = withoutTables(markdown);
  const blocks = Array.from(text.matchAll(/^```\n([\s\S]*?)^```$/gmu), ([, body = '']) => body.split('\n')).flat();
  const inline = Array.from(text.replace(/^```[\s\S]*?^```$/gmu, '').matchAll(/`(!(?:img|bild)[^`]*)`/gu), ([, code = '']) =>
    code.replaceAll('\\|', '|'),
  );
  return [...blocks, ...inline].filter((line) => /^!(?:img|bild)(?: |$)/u.test(line));
}

/** `!img PROMPT [OPTIONS]` shows a form. */
const isForm = (typed: string): boolean => /\[|…|PROMPT/u.test(typed);

describe('what the pages say to type', () => {
  for (const page of pages) {
    const examples = typedIn(readFileSync(join(root, page), 'utf8')).filter((typed) => !isForm(typed));
    if (examples.length === 0) continue;
    test(`${page}: ${examples.length} examples are understood`, () => {
      for (const typed of examples) {
        const parsed = parse(typed);
        assert.ok(parsed?.ok, typed);
        const [, first = ''] = typed.split(' ');
        const isVerb = verbNames.some((name) =>
          [...verbRow(name).names.en, ...verbRow(name).names.de].some((alias) => alias.split(' ')[0] === first),
        );
        // The one that says of itself that it is a prompt.
        const isWish = !isVerb || typed === '!img fix the roof';
        assert.equal(parsed.command.kind === 'draw', isWish && typed !== '!img' && typed !== '!bild', `${page}: ${typed}`);
      }
    });
  }

  test('the pages for people are there in both languages, with many examples', () => {
    for (const page of ['docs/for-members.md', 'docs/fuer-mitglieder.md', 'docs/for-admins.md', 'docs/fuer-admins.md']) {
      assert.ok(typedIn(readFileSync(join(root, page), 'utf8')).length > 20, page);
    }
  });
});

describe('generated tables', () => {
  test('name every command, with pipes that do not end a cell', () => {
    for (const language of ['en', 'de'] as const) {
      const tables = commandTablesMarkdown(language);
      const rows = tables.split('\n').filter((line) => line.startsWith('| `'));
      assert.equal(rows.length, verbNames.length);
      for (const row of rows) assert.equal(row.replaceAll('\\|', '').split('|').length, 5, row);
    }
  });

  test('every message reads as a template: no value is missing', () => {
    const table = messageTableMarkdown();
    assert.doesNotMatch(table, /NaN|undefined|\[object|\| *\|/u);
    for (const row of table.split('\n')) assert.equal(row.replaceAll('\\|', '').split('|').length, 5, row);
  });
});
