import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { coreRefusal } from '#core/prompt-filter.ts';
import { harmless, minorsRefused, namedNudityRefused } from './prompt-samples.ts';

describe('the rules that always hold', () => {
  test('there are enough prompts each way', () => {
    assert.ok(minorsRefused.length >= 60 && namedNudityRefused.length >= 30 && harmless.length >= 60);
  });

  test('refuse what is sexual with children and young people, however it is spelt', () => {
    assert.deepEqual(
      minorsRefused.filter((prompt) => coreRefusal(prompt) !== 'minors'),
      [],
    );
  });

  test('refuse nudity of people who are named', () => {
    assert.deepEqual(
      namedNudityRefused.filter((prompt) => coreRefusal(prompt) === undefined),
      [],
    );
  });

  test('let the rest through', () => {
    assert.deepEqual(
      harmless.flatMap((prompt) => (coreRefusal(prompt) === undefined ? [] : [`${prompt}: ${coreRefusal(prompt)}`])),
      [],
    );
  });

  test('find it anywhere in a long prompt, and in upper case', () => {
    const padding = 'a castle on a hill, golden light, ';
    for (const prompt of [...minorsRefused, ...namedNudityRefused].filter((text) => !/\d/u.test(text))) {
      assert.notEqual(coreRefusal(`${padding.repeat(5)}${prompt}, ${padding.repeat(5)}`), undefined, prompt);
      assert.notEqual(coreRefusal(prompt.toUpperCase()), undefined, prompt.toUpperCase());
    }
  });

  test('any text is read soon, whatever else the machine does', () => {
    const long = [
      'a '.repeat(50_000),
      'n u d e '.repeat(10_000),
      'nude'.repeat(20_000),
      '1'.repeat(80_000),
      '!|!|'.repeat(20_000),
      'е'.repeat(80_000),
      '\u0301'.repeat(80_000),
      'naked '.repeat(15_000),
      'naked eye '.repeat(10_000),
      'cow girl '.repeat(10_000),
      'kind '.repeat(20_000),
    ];
    for (const prompt of long) {
      const before = process.threadCpuUsage();
      coreRefusal(prompt.slice(0, 10_000));
      const { user, system } = process.threadCpuUsage(before);
      const tookMs = (user + system) / 1000;
      assert.ok(tookMs < 500, `${prompt.slice(0, 20)}: ${tookMs} ms`);
    }
  });
});
