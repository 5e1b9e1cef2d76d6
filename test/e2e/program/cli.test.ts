/** The command line as people and scripts use it: what stands on stdout, on stderr, and the exit code. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { GenerateOutput } from '#src/cli/generate.ts';
import { onnxBytes } from '../../inference/model-copies.ts';
import { sentence, Workplace, type Outcome } from './program.ts';

const fixture = join(import.meta.dirname, '../../golden/fixtures/models/sd-epsilon');
const place = await Workplace.open();
after(() => place[Symbol.asyncDispose]());

const generate = (...args: readonly string[]): Promise<Outcome> => place.run(['generate', ...args]);

async function generateJson(...args: readonly string[]): Promise<GenerateOutput> {
  const { exitCode, stdout, stderr } = await generate(...args, '--json');
  assert.equal(exitCode, 0, stderr);
  assert.equal(stderr, '');
  assert.equal(stdout.trimEnd().split('\n').length, 1, 'one line on stdout');
  return JSON.parse(stdout) as GenerateOutput;
}

describe('generate', { concurrency: 1 }, () => {
  let batch: GenerateOutput;

  test('--json prints one object of the documented shape and nothing else', async () => {
    batch = await generateJson('a red apple', '--n', '3', '--seed', '7', '--out', 'batch');
    assert.deepEqual(Object.keys(batch), ['images', 'timings', 'model', 'provider']);
    assert.deepEqual(Object.keys(batch.timings), ['totalMs', 'loadMs', 'textMs', 'denoiseMs', 'decodeMs', 'encodeMs', 'perImageMs']);
    const { totalMs, loadMs, textMs, denoiseMs, decodeMs, encodeMs } = batch.timings;
    assert.ok(
      Object.values(batch.timings).every((ms) => Number.isFinite(ms) && ms > 0),
      JSON.stringify(batch.timings),
    );
    assert.ok(loadMs + textMs + denoiseMs + decodeMs + encodeMs <= totalMs + 1, JSON.stringify(batch.timings));
    assert.equal(batch.model, 'embedded');
    assert.equal(batch.provider, 'cpu');
    assert.deepEqual(
      batch.images.map(({ seed }) => seed),
      [7, 8, 9],
    );
    for (const image of batch.images) {
      assert.deepEqual(Object.keys(image), ['file', 'seed', 'width', 'height', 'sha256']);
      const bytes = await readFile(image.file);
      assert.equal(image.sha256, createHash('sha256').update(bytes).digest('hex'));
      assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [image.width, image.height], 'size in the PNG header');
      assert.ok(bytes.includes('http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'), 'the mark is in the file');
    }
    assert.equal(new Set(batch.images.map(({ sha256 }) => sha256)).size, 3);
  });

  test('picture i of a batch is the single picture of seed + i, byte for byte', async () => {
    const single = await generateJson('a red apple', '--seed', '9', '--out', 'single');
    assert.equal(single.images[0]?.sha256, batch.images[2]?.sha256);
    const other = await generateJson('a blue fish', '--seed', '9', '--out', 'other');
    assert.notEqual(other.images[0]?.sha256, batch.images[2]?.sha256);
  });

  test('a name that is taken by another picture is left alone', async () => {
    await mkdir(place.path('taken'));
    await writeFile(place.path('taken', 'blitzbild-7.png'), 'mine');
    const { images } = await generateJson('a red apple', '--seed', '7', '--out', 'taken');
    assert.equal(images[0]?.file, place.path('taken', 'blitzbild-7-2.png'));
    assert.equal(await readFile(place.path('taken', 'blitzbild-7.png'), 'utf8'), 'mine');
  });

  test('without --json it prints the file, and a line with the timings', async () => {
    const { exitCode, stdout, stderr } = await generate('a red apple', '--seed', '7', '--out', 'human');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /blitzbild-7\.png {2}seed 7 {2}AI-generated\n1 × 256×256 in .* · denoise .* · CPU\n$/);
  });

  test('control, bidi and HTML characters in a prompt neither break it nor reach the terminal', async () => {
    const outcome = await generate('\u001b[31m<b onload="x">a red\u202e apple\u0007</b>', '--seed', '7', '--out', 'hostile');
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    // eslint-disable-next-line no-control-regex -- finding control characters is the point
    assert.doesNotMatch(outcome.stdout + outcome.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  test('another model folder is taken as it is', async () => {
    const tiny = await generateJson('a red apple', '--seed', '7', '--model', fixture, '--size', '32x32', '--steps', '2', '--out', 'tiny');
    assert.deepEqual([tiny.model, tiny.images[0]?.width], ['sd-epsilon', 32]);
  });
});

describe('bad usage gets one sentence on stderr, nothing on stdout, exit code 2', { concurrency: 2 }, () => {
  const cases: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['no prompt', ['generate'], /nothing to draw/],
    ['an empty prompt', ['generate', '  '], /nothing to draw/],
    ['a prompt of control and bidi characters only', ['generate', '\u202e\u0007\u200b'], /nothing to draw/],
    ['a prompt of 10 kB', ['generate', 'fox '.repeat(2500)], /characters long, and at most 2,000/],
    ['an unknown flag', ['generate', 'fox', '--stepz', '3'], /did you mean --steps\?/],
    ['--n 0', ['generate', 'fox', '--n', '0'], /from 1 to 20.*--n 1\./],
    ['--n 10000', ['generate', 'fox', '--n', '10000'], /from 1 to 20.*--n 20\./],
    ['--size 9999x9999', ['generate', 'fox', '--size', '9999x9999'], /--size 1024x1024\./],
    ['--steps -1', ['generate', 'fox', '--steps', '-1'], /--steps 1\./],
    ['--seed NaN', ['generate', 'fox', '--seed', 'NaN'], /NaN is not a whole number.*--seed 42/],
    ['a strength, which needs a picture', ['generate', 'fox', '--strength', '0.5'], /--strength works from a picture/],
    ['--out without a value', ['generate', 'fox', '--out'], /--out needs a value/],
    ['a model that is not installed', ['generate', 'fox', '--model', 'nope'], /no model nope.*embedded/],
    ['an escape sequence in a flag', ['generate', 'fox', '--st\u001b[2Jps', '3'], /I don't know the option/],
    ['an unknown command', ['frobnicate'], /no command «frobnicate».*start, chat, generate, models,.* doctor/],
    ['an escape sequence as a command', ['\u001b[2J'], /no command/],
    ['an unknown option of chat', ['chat', '--jsn'], /the options are: --json, --user, --admin, --out/],
    ['a name that is none', ['chat', '--user', 'a b'], /--user must be a name/],
    ['an argument of start', ['start', 'now'], /start takes no arguments/],
    ['an argument of doctor', ['doctor', 'now'], /doctor takes no arguments/],
  ];
  for (const [what, args, says] of cases) {
    test(what, async () => {
      const { exitCode, stdout, stderr } = await place.run(args);
      assert.equal(exitCode, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, says);
      assertOneSentence(stderr);
    });
  }

  test('mistakes of the configuration are told all at once, with file and key', async () => {
    await using wrong = await Workplace.open(
      { model: 5, colour: 'red', limits: { maxCount: 0 } },
      { BLITZBILD_PORT: 'eighty', LOG_LEVEL: 'loud' },
    );
    for (const args of [['start'], ['generate', 'fox']]) {
      const { exitCode, stdout, stderr } = await wrong.run(args);
      assert.equal(exitCode, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^blitzbild: The configuration has 5 mistakes:\n/);
      for (const key of [
        '.env: BLITZBILD_PORT',
        '.env: LOG_LEVEL',
        'blitzbild.yaml: model ',
        'blitzbild.yaml: colour',
        'blitzbild.yaml: limits.maxCount',
      ])
        assert.ok(stderr.includes(key), `${key} in:\n${stderr}`);
      assert.doesNotMatch(stderr, /^\s+at /m);
    }
  });
});

describe('a model folder that is no good gets one sentence and exit code 1', { concurrency: 2 }, () => {
  const damaged = async (name: string, damage: (folder: string) => Promise<void>): Promise<string> => {
    const folder = place.path('models', name);
    await cp(fixture, folder, { recursive: true });
    await damage(folder);
    return folder;
  };
  const cases: readonly (readonly [what: string, folder: () => Promise<string>, says: RegExp])[] = [
    ['it is missing', async () => place.path('models', 'missing'), /missing/],
    ['it is empty', () => emptyFolder('empty'), /empty/],
    ['a graph is cut off', () => damaged('cut', (folder) => truncate(join(folder, 'unet/model.onnx'), 5000)), /cut.*(incomplete|damaged)/],
    [
      'the model is of another family',
      () => damaged('flux', (folder) => changeJson(join(folder, 'model_index.json'), { _class_name: 'FluxPipeline' })),
      /flux.*FluxPipeline.*not supported/,
    ],
    [
      'an SDXL folder without its second text encoder',
      () => damaged('xl', (folder) => changeJson(join(folder, 'model_index.json'), { _class_name: 'StableDiffusionXLPipeline' })),
      /xl.*text_encoder_2/,
    ],
    ['weights point outside the folder', () => damaged('outside', pointOutside), /outside/],
    [
      'a configuration is no JSON',
      () => damaged('nojson', (folder) => writeFile(join(folder, 'scheduler/scheduler_config.json'), '{')),
      /nojson/,
    ],
  ];
  for (const [what, makeFolder, says] of cases) {
    test(what, async () => {
      const folder = await makeFolder();
      const { exitCode, stdout, stderr } = await generate('a fox', '--model', folder, '--json');
      assert.equal(exitCode, 1, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, says);
      assertOneSentence(stderr);
    });
  }

  async function emptyFolder(name: string): Promise<string> {
    await mkdir(place.path('models', name), { recursive: true });
    return place.path('models', name);
  }
});

function assertOneSentence(stderr: string): void {
  assert.match(stderr, sentence);
  assert.doesNotMatch(stderr, /\n\s+at |Error:/, 'no stack trace');
  // eslint-disable-next-line no-control-regex -- finding control characters is the point
  assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/, 'nothing that a terminal obeys');
}

async function changeJson(path: string, changes: object): Promise<void> {
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...changes }));
}

/** The graph says that its weights are in a file beside the model folder. */
async function pointOutside(folder: string): Promise<void> {
  await writeFile(join(folder, '..', 'secret.bin'), Buffer.alloc(1 << 16));
  await writeFile(join(folder, 'unet/model.onnx'), onnxBytes({ operator: 'Conv' }, { location: '../../secret.bin', length: 1024 }));
}
