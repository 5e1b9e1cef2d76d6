import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const page = new URL('../../../../src/chat/web/page/', import.meta.url);

describe('the page', () => {
  it('has a text for every place that names one', async () => {
    const texts = (await Promise.all(['texts-en.ts', 'texts-de.ts'].map((name) => readFile(new URL(name, page), 'utf8')))).join('\n');
    for (const file of ['index.html', 'gallery.html']) {
      const html = await readFile(new URL(file, page), 'utf8');
      const names = [...html.matchAll(/data-(?:text|label|title)="(\w+)"/g)].map((match) => match[1] ?? '');
      assert.ok(names.length > 6);
      for (const name of names) assert.equal(texts.match(new RegExp(`^  ${name}:`, 'gm'))?.length, 2, `${name} in both languages`);
    }
  });

  it('never turns text into markup', async () => {
    for (const name of await readdir(page)) {
      if (!name.endsWith('.ts')) continue;
      const source = await readFile(new URL(name, page), 'utf8');
      assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML|DOMParser|\beval\b/, name);
    }
    for (const file of ['index.html', 'gallery.html']) {
      const html = await readFile(new URL(file, page), 'utf8');
      assert.doesNotMatch(html, /\son\w+=|style=|<script>|https?:/, 'nothing inline, nothing from elsewhere');
    }
  });

  it('passes its own type check', async () => {
    const compiler = fileURLToPath(new URL('../../../../node_modules/typescript/bin/tsc', import.meta.url));
    await promisify(execFile)(process.execPath, [compiler, '-p', fileURLToPath(new URL('tsconfig.json', page))]);
  });
});
