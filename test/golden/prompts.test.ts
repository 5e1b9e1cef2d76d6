import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import type { Graph } from '../../src/inference/graph.ts';
import { loadPipeline } from '../../src/inference/pipeline.ts';
import { createPromptEncoder, MOST_CHUNKS, type PromptEmbedding } from '../../src/inference/prompt-encoder.ts';
import { OnnxSession } from '../../src/inference/session.ts';
import { loadTokenizer } from '../../src/inference/tokenizer.ts';
import { compare, fixturePath, maxRelativeDifference, readJsonFixture, readNpyFixture } from './fixtures.ts';

type PromptCase = {
  id: string;
  model: 'sd' | 'xl';
  prompt: string;
  negativePrompt: string | null;
  ids: number[][][][]; // [text][encoder][chunk][77]; none for a text that is zeros
  picture?: true;
};

const FOLDERS = { sd: 'models/sd-epsilon', xl: 'models/sdxl' };
const TOKENS = 77;

const workspace = mkdtempSync(join(tmpdir(), 'prompts-'));
after(() => rmSync(workspace, { recursive: true }));

const cases = readJsonFixture('prompts.json') as PromptCase[];

for (const model of ['sd', 'xl'] as const)
  test(`${model}: ids, hidden states and pooled states of long and weighted prompts are those of transformers`, async (t) => {
    const sessions: OnnxSession[] = [];
    const runs: number[][][] = []; // [encoder][run]
    const encoders: Parameters<typeof createPromptEncoder>[0]['encoders'][number][] = [];
    for (const suffix of model === 'xl' ? ['', '_2'] : ['']) {
      const session = await OnnxSession.open(fixturePath(`prompts/${model}/text_encoder${suffix}/model.onnx`), {
        provider: 'cpu',
        intraOpThreads: 1,
      });
      sessions.push(session);
      const noted: number[][] = [];
      runs.push(noted);
      const tokenizer = loadTokenizer(fixturePath(FOLDERS[model]), TOKENS, `tokenizer${suffix}`);
      encoders.push({ graph: noting(session, noted), tokenizer });
    }
    try {
      for (const expected of cases.filter((one) => one.model === model))
        await t.test(`${expected.id}: ${JSON.stringify(expected.prompt.slice(0, 60))}`, async () => {
          // Made anew, so that nothing is remembered from the case before.
          const encoder = createPromptEncoder({ encoders, isXl: model === 'xl', forceZerosForEmptyPrompt: true, maxChunks: MOST_CHUNKS });
          for (const noted of runs) noted.length = 0;
          const { prompt, negative } = await encoder.encode(expected.prompt, expected.negativePrompt ?? undefined);
          const embeddings = negative ? [prompt, negative] : [prompt];
          checkNumbers(expected, embeddings);
          for (const [index, noted] of runs.entries()) checkIds(expected, index, noted);
          assert.equal(prompt.droppedPrompt, undefined);
        });
    } finally {
      await Promise.all(sessions.map((session) => session.release()));
    }
  });

function noting(graph: Graph, noted: number[][]): Graph {
  return {
    label: graph.label,
    inputs: graph.inputs,
    outputs: graph.outputs,
    run: (feeds) => {
      noted.push(Array.from(feeds['input_ids']!.data as BigInt64Array, Number));
      return graph.run(feeds);
    },
  };
}

function checkNumbers({ id, model }: PromptCase, embeddings: readonly PromptEmbedding[]): void {
  const wanted = readNpyFixture(`prompts/${id}.npy`);
  assert.deepEqual([embeddings.length, embeddings[0]!.tokens, embeddings[0]!.width], wanted.shape);
  close(
    embeddings.flatMap(({ values }) => [...values]),
    wanted.values,
    'hidden states',
  );
  if (model === 'sd') return assert.ok(embeddings.every(({ pooled }) => pooled === undefined));
  close(
    embeddings.flatMap(({ pooled }) => [...pooled!]),
    readNpyFixture(`prompts/${id}.pooled.npy`).values,
    'pooled states',
  );
}

function close(actual: readonly number[], wanted: ArrayLike<number>, what: string): void {
  const largest = Array.from(wanted).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = maxRelativeDifference(actual, wanted, largest);
  assert.ok(worst <= 1e-5, `${what} differ by ${worst} of their largest value`);
}

/** Each chunk is run once; what fills the shorter text is the same empty chunk however often it is needed. */
function checkIds({ id, ids }: PromptCase, encoder: number, noted: readonly number[][]): void {
  const unique = (rows: readonly number[][]): string[] => [...new Set(rows.map(String))].toSorted();
  const wanted = ids.flatMap((text) => text[encoder] ?? []);
  assert.deepEqual(unique(noted), unique(wanted), `${id}, encoder ${encoder + 1}`);
}

for (const { id, model, prompt, negativePrompt } of cases.filter(({ picture }) => picture))
  test(`${id}: the picture is the one that diffusers makes of the same prompt_embeds`, async () => {
    const folder = join(workspace, id);
    cpSync(fixturePath(FOLDERS[model]), folder, { recursive: true });
    for (const part of model === 'xl' ? ['text_encoder', 'text_encoder_2'] : ['text_encoder', 'unet']) {
      rmSync(join(folder, part), { recursive: true });
      cpSync(fixturePath(`prompts/${model}/${part}`), join(folder, part), { recursive: true });
    }
    for (const part of model === 'xl' ? ['tokenizer', 'tokenizer_2'] : ['tokenizer']) readsAll(join(folder, part));
    const pipeline = await loadPipeline(folder, { provider: 'cpu', intraOpThreads: 1 });
    try {
      const request = { width: 32, height: 32, steps: 4, guidanceScale: 3, seed: 42, prompt, negativePrompt: negativePrompt ?? '' };
      const image = await pipeline.generate(request);
      const { maxDifference, equalShare } = compare(image.pixels, readNpyFixture(`prompts/${id}.picture.npy`).values);
      assert.ok(maxDifference <= 1 && equalShare >= 0.999, `differs by up to ${maxDifference}, ${(equalShare * 100).toFixed(3)} % equal`);
      assert.equal(image.droppedPrompt, undefined);
      const plain = await pipeline.generate({ ...request, prompt: prompt.replace(/[()[\]]|:[\d.]+/gu, '') });
      assert.ok(compare(plain.pixels, image.pixels).equalShare < 0.9, 'the weights do not show');
    } finally {
      await pipeline.release();
    }
  });

/** The tokenizers of the tiny models say 20 tokens. */
function readsAll(folder: string): void {
  const file = join(folder, 'tokenizer_config.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), model_max_length: TOKENS }));
}
