import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyStyle, needsLargerModel } from '#core/style-apply.ts';
import { findStyle } from '#core/style-names.ts';
import { ConfigError } from '#src/config.ts';
import { readStylesFile } from '#src/styles-file.ts';
import { parseManifest, toModelInfo } from '#src/weights/manifest.ts';

const root = join(import.meta.dirname, '..');
const embedded = toModelInfo(parseManifest(JSON.parse(readFileSync(join(root, 'models', 'embedded', 'blitzbild.json'), 'utf8'))));
const limits = { maxPromptChars: 2000 };
const shipped = readStylesFile([join(root, 'config')], limits);
const nameOf = (typed: string): string | undefined => {
  const found = findStyle(typed, shipped);
  return found.ok ? found.value.name : undefined;
};

const inFolder = (content: string, check: (folder: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'styles-file-'));
  try {
    writeFileSync(join(folder, 'styles.yaml'), content);
    check(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test('the styles that come with the program are there, under their names in both languages', () => {
  const names = shipped.map(({ name }) => name);
  for (const name of ['none', 'black-and-white', 'photo', 'watercolor', 'comic', 'sketch', 'pixel-art', 'neon'])
    assert.ok(names.includes(name), name);
  const german = {
    schwarzweiß: 'black-and-white',
    Foto: 'photo',
    Aquarell: 'watercolor',
    Comic: 'comic',
    Skizze: 'sketch',
    Bleistift: 'sketch',
    Pixelkunst: 'pixel-art',
    Neon: 'neon',
  };
  for (const [typed, name] of Object.entries(german)) assert.equal(nameOf(typed), name);
});

test('each is short enough for a text encoder of 77 tokens and says its look before the details', () => {
  for (const { name, style } of shipped) {
    if (name === 'none') continue;
    assert.ok(style.prompt.split(/\s+/u).length <= 35, name);
    assert.ok(style.prompt.indexOf('{prompt}') <= 35, name);
    assert.notEqual(style.negativePrompt, '', name);
  }
});

test('what the embedded model gets is made of words that it knows', () => {
  const looks = (embedded.vocabulary?.styles ?? []).flatMap(({ en }) => en);
  for (const { name, style } of shipped) {
    const { prompt } = applyStyle(style, { prompt: 'a fox', negativePrompt: '' }, embedded);
    if (name === 'none') assert.equal(prompt, 'a fox');
    else assert.ok(looks.includes(prompt.replace('a fox, ', '')), `${name}: ${prompt}`);
  }
  assert.deepEqual(
    shipped.filter(({ style }) => needsLargerModel(style, embedded)).map(({ name }) => name),
    ['photo', 'comic'],
  );
});

test('an own file takes the place of the one that comes with the program', () => {
  inFolder("styles:\n  noir:\n    prompt: 'noir, {prompt}'\n", (folder) => {
    assert.deepEqual(
      readStylesFile([folder, join(root, 'config')], limits).map(({ name }) => name),
      ['noir'],
    );
    assert.deepEqual(readStylesFile([join(folder, 'nowhere'), join(root, 'config')], limits), shipped);
    assert.deepEqual(readStylesFile([join(folder, 'nowhere')], limits), []);
  });
});

test('all its mistakes are told at once, with file, key and what is allowed', () => {
  const content =
    "styles:\n  photo:\n    promt: 'a {prompt}'\n  noir:\n    prompt: noir\n    defaults: { steps: many }\n  foto:\n    prompt: '{prompt}'\n    aliases: [noir2, photo]\n  noir2:\n    prompt: '{prompt2}'\n";
  inFolder(content, (folder) => {
    assert.throws(
      () => readStylesFile([folder], limits),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(error.mistakes, [
          'styles.yaml: Entry 1, «photo»: photo.prompt is missing or wrong: it must be text that holds {prompt}.',
          'styles.yaml: Entry 1, «photo»: photo.promt is not known: did you mean prompt? Allowed there are title, aliases, prompt, negativePrompt, small and defaults.',
          'styles.yaml: Entry 2, «noir»: noir.defaults.steps is missing or wrong: it must be a whole number from 1 to 1000.',
          'styles.yaml: Entry 4, «noir2»: The template holds {prompt2}, and the only braces it takes are {prompt}, exactly once: write the other words without braces.',
        ]);
        return true;
      },
    );
  });
});
