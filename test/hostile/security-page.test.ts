/** docs/security.md names the tests that hold each of its rows: they are there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const page = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');
const rows = Array.from(page.matchAll(/^\| ([^|]+)\|[^|]+\|([^|]+)\|$/gmu), ([, threat = '', tests = '']) => ({
  threat: threat.trim(),
  tests: Array.from(tests.matchAll(/`([a-z0-9/.-]+)`/gu), ([, name = '']) => name),
})).filter(({ tests }) => tests.some((name) => name.includes('/')));
const isThere = (name: string): boolean =>
  name.endsWith('/') ? existsSync(join(import.meta.dirname, '..', name)) : existsSync(join(import.meta.dirname, '..', `${name}.test.ts`));

test('every threat names tests, and every test that it names is there', () => {
  assert.ok(rows.length >= 13, `${rows.length} rows`);
  for (const { threat, tests } of rows) for (const name of tests) assert.ok(isThere(name), `${threat}: ${name}`);
});

test('every test from the attacker’s side is named', () => {
  const own = readdirSync(import.meta.dirname).flatMap((name) => /^(.+)\.test\.ts$/u.exec(name)?.slice(1) ?? []);
  const named = new Set(rows.flatMap(({ tests }) => tests));
  for (const name of own.filter((each) => each !== 'security-page')) assert.ok(named.has(`hostile/${name}`), name);
});
