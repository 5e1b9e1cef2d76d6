/**
 * `npm run docs`: writes the tables of the documentation from the tables of the code, between the markers
 * `<!-- generated:NAME -->` and `<!-- /generated -->`. With `--check` it only says which file is out of date, exit 1.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { limits, limitTableMarkdown } from '#core/limits.ts';
import { flagTableMarkdown } from '#core/options.ts';
import { commandTablesMarkdown } from '#src/docs/command-table.ts';
import { messageTableMarkdown } from '#src/docs/message-table.ts';

const root = join(import.meta.dirname, '..', '..');
const files = ['README.md', 'docs/commands.md', 'docs/befehle.md', 'docs/messages.md'];

const generators: Readonly<Record<string, () => string>> = {
  commands: () => commandTablesMarkdown('en'),
  befehle: () => commandTablesMarkdown('de'),
  flags: () => flagTableMarkdown('en', limits),
  optionen: () => flagTableMarkdown('de', limits),
  limits: () => limitTableMarkdown('en'),
  grenzen: () => limitTableMarkdown('de'),
  messages: () => messageTableMarkdown(),
};

const block = /<!-- generated:(\w+) -->\n[\s\S]*?<!-- \/generated -->/g;

let outdated = 0;
for (const file of files) {
  const path = join(root, file);
  const before = readFileSync(path, 'utf8');
  const filled = before.replace(block, (_, name: string) => {
    const generate = generators[name];
    if (generate === undefined)
      throw new Error(`${file}: there is no generator «${name}»; these are: ${Object.keys(generators).join(', ')}`);
    return `<!-- generated:${name} -->\n\n${generate()}\n\n<!-- /generated -->`;
  });
  const after = await format(filled, { ...(await resolveConfig(path)), filepath: path });
  if (after === before) continue;
  outdated++;
  if (process.argv.includes('--check')) process.stdout.write(`${file} is out of date: run npm run docs\n`);
  else writeFileSync(path, after);
}
if (process.argv.includes('--check') && outdated > 0) process.exitCode = 1;
