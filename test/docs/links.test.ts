import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const pages = [
  'README.md',
  'CHANGELOG.md',
  'src/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsIn = (path: string): ReadonlySet<string> =>
  new Set(Array.from(readFileSync(path, 'utf8').matchAll(/^#{1,6} (.+)$/gmu), ([, heading = '']) => anchorOf(heading)));

for (const page of pages) {
  test(`every link of ${page} leads somewhere`, () => {
    const path = join(root, page);
    const links = Array.from(readFileSync(path, 'utf8').matchAll(/\]\(([^)\s]+)\)/gu), ([, link = '']) => link);
    for (const link of links.filter((typed) => !/^https?:/u.test(typed))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      assert.ok(existsSync(target), `${link}: there is no ${relative(root, target)}`);
      if (anchor !== undefined) assert.ok(anchorsIn(target).has(anchor), `${link}: ${relative(root, target)} has no such heading`);
    }
  });
}
