/** Threat: exhaustion by a file of styles. Admins import what strangers made: a megabyte of it must not hold the program up. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '#core/limits.ts';
import { maxStyleFileBytes, planImport } from '#core/style-import.ts';
import { styleFiles } from '#src/styles/style-files.ts';

const room = maxStyleFileBytes - 100;
const full = (piece: string): string => piece.repeat(Math.floor(room / piece.length));
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

const files: readonly (readonly [what: string, name: string, text: string])[] = [
  ['lists in one another', 'a.yaml', full('[')],
  ['objects in one another', 'a.yaml', full('{')],
  ['entries in one another', 'a.yaml', full('- ')],
  ['questions in one another', 'a.yaml', full('? ')],
  ['anchors', 'a.yaml', lines(50_000, (index) => `k${index}: &a${index} x`)],
  ['aliases', 'a.yaml', `a: &a x\nb: [${full('*a,')}]`.slice(0, room)],
  ['billions of laughs', 'a.yaml', lines(9, (index) => `a${index}: &a${index} [${`*a${index - 1},`.repeat(9).replaceAll('*a-1', 'x')}]`)],
  ['styles', 'a.yaml', `styles:\n${lines(40_000, (index) => `  k${index}: {prompt: x}`)}`],
  ['one key', 'a.yaml', full('a: 1\n')],
  ['entries', 'a.json', `[${lines(20_000, (index) => `{"name":"s${index}","prompt":"x"},`)}{}]`],
  ['keys', 'a.json', `[{"name":"x",${lines(60_000, (index) => `"k${index}":1,`)}"y":1}]`],
  ['quotes', 'a.csv', `name,prompt\n${full('"a" ')}`],
  ['rows', 'a.csv', `name,prompt\n${lines(90_000, (index) => `s${index},x`)}`],
  ['commas', 'a.csv', `name,prompt,negative_prompt\nx,y,"${full(', ')}"`],
  ['blanks', 'a.csv', `name,prompt,negative_prompt\nx,y,"a${full(' ')}b"`],
  ['joiners', 'a.csv', `name,prompt\nx,${full('é\u200d').slice(0, room / 4)}`],
];

describe('a megabyte of nothing but', () => {
  for (const [what, name, text] of files)
    test(`${what} is read, or refused, quickly (${name})`, () => {
      const before = process.cpuUsage();
      const imported = styleFiles.read({ name, bytes: Buffer.from(text).subarray(0, maxStyleFileBytes) }, limits);
      const plan = planImport(imported, [], limits);
      const tookMs = process.cpuUsage(before).user / 1000;
      assert.ok(plan.problems.length + plan.added.length + imported.leftOut > 0, 'somebody is told something');
      // Of the processor; some ten times what it takes.
      assert.ok(tookMs < 5000, `${Math.round(tookMs)} ms`);
    });
});
