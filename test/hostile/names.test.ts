/** Threat: path traversal in model and style names. Names are keys of what is installed, never paths, and no key is there by itself. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { optionNames, optionRow } from '#core/options.ts';
import { numberWord } from '#core/plan-vocabulary.ts';
import { renderProblem } from '#core/render.ts';
import { toPlainText } from '#core/rich-text.ts';
import { limits } from '#core/limits.ts';
import { verbs } from '#core/verbs.ts';
import { inflections } from '#core/vocabulary-forms.ts';
import { styleFiles } from '#src/styles/style-files.ts';
import { testModel, World } from '../app/world.ts';
import { parse } from '../core/sample.ts';
import { prototypeKeys } from './fuzz/nasty.ts';

const paths = ['../../etc/passwd', '/etc/passwd', '..', '..\\models\\tiny', './tiny', 'tiny/../tiny', 'tiny\0.png', 'file:///etc/passwd'];

const isPlain = (value: unknown): boolean => JSON.stringify(value) !== undefined && typeof value !== 'function';

/** Everything inside a command or problem is data. */
function assertData(value: unknown, what: string): void {
  assert.ok(isPlain(value), `${what}: ${String(value)}`);
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) if (inner !== undefined) assertData(inner, what);
}

test('words that every object knows mean nothing behind any command or flag', () => {
  const names = Object.values(verbs).flatMap(({ names: own }) => [...own.en, ...own.de]);
  const flags = optionNames.flatMap((name) => [`--${optionRow(name).flag}`, `a fox --${optionRow(name).flag}`]);
  for (const start of [...names, ...flags, 'plan "', 'help', ''])
    for (const key of prototypeKeys)
      for (const typed of [`!img ${start} ${key}`, `!img ${start} ${key} ${key}`, `!img ${start} ${key} 5 a fox`]) {
        const parsed = parse(typed);
        assert.ok(parsed !== undefined, typed);
        assertData(parsed, typed);
        if (parsed.ok) continue;
        const answer = toPlainText(renderProblem({ problem: parsed.problem, text: typed, language: 'en', prefix: '!img' }));
        assert.doesNotMatch(answer, /native code|\[object|undefined/u, typed);
      }
});

test('nor do they have a number, a plural or a file format', () => {
  for (const key of prototypeKeys) {
    assert.equal(numberWord(key), undefined);
    assert.ok(
      inflections([key], 'en').every((form) => typeof form === 'string'),
      key,
    );
    const read = styleFiles.read({ name: `styles.${key}`, bytes: Buffer.from('name,prompt\n') }, limits);
    assert.deepEqual([read.styles, read.problems[0]?.problem.code], [[], 'style_import_format'], key);
  }
});

test('a style file with such keys is read as any other with keys that it does not know', () => {
  const yaml = 'styles:\n  photo:\n    constructor:\n      x: 1\n    __proto__:\n      prompt: x\n    prompt: "{prompt}, x"\n';
  const fromYaml = styleFiles.read({ name: 'a.yaml', bytes: Buffer.from(yaml) }, limits);
  assert.ok(fromYaml.problems.length > 0 && fromYaml.problems.every(({ problem }) => problem.code === 'style_key_unknown'));
  const json = '[{"name":"noir","prompt":"{prompt}, x","__proto__":{"prompt":"y"},"constructor":{"name":"z"}}]';
  const fromJson = styleFiles.read({ name: 'a.json', bytes: Buffer.from(json) }, limits);
  assert.deepEqual(
    fromJson.styles.map(({ name, edit }) => [name, edit.prompt]),
    [['noir', '{prompt}, x']],
  );
  assert.equal(({} as { prompt?: string }).prompt, undefined, 'no object got a prompt by it');
});

test('a style of commas alone adds nothing, and is the same when it is read again', () => {
  const [style] = styleFiles.read({ name: 'a.csv', bytes: Buffer.from('name,prompt\nx,", ,"\n') }, limits).styles;
  assert.equal(style?.edit.prompt, '{prompt}');
});

test('a path is no model, style, job or limit: it is refused in a sentence, and nothing is opened', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  world.platform.admins = ['@ada:room'];
  const files = (): readonly string[] => readdirSync(world.folder, { recursive: true }).map(String).toSorted();
  const before = files();
  const asking: readonly (readonly [command: (name: string) => string, codes: readonly string[]])[] = [
    [(name) => `a fox --model ${name}`, ['model_unknown']],
    [(name) => `a fox --style ${name}`, ['style_unknown']],
    [(name) => `model use ${name}`, ['model_unknown']],
    [(name) => `style show ${name}`, ['style_unknown']],
    [(name) => `style default ${name}`, ['style_unknown']],
    [(name) => `style history ${name}`, ['style_unknown']],
    [(name) => `style set ${name} "{prompt}, x"`, ['style_name_invalid']],
    [(name) => `style rename photo ${name}`, ['style_name_invalid']],
    [(name) => `admin limits ${name} 5`, ['limit_unknown']],
  ];
  for (const [command, codes] of asking)
    for (const name of [...paths, '__proto__']) {
      const told = world.platform.refusals.length;
      await world.asks(`!img ${command(name)}`);
      const [code = 'nothing was refused'] = world.platform.refusals.slice(told);
      assert.ok(codes.includes(code), `${command(name)}: ${code}: ${world.lastText}`);
    }
  assert.deepEqual([world.engine.made.length, world.errors], [0, []]);
  assert.deepEqual(files(), before);
});
