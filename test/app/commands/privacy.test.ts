import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PictureClassifier } from '#core/safety-port.ts';
import type { SimilarityCheck } from '#core/similarity-port.ts';
import { testModel, World } from '../world.ts';

const privacy = {
  servers: [{ platform: 'matrix', address: 'https://matrix.example.org' }],
  modelHash: (name: string) => (name === testModel.name ? 'abc123' : undefined),
} as const;

const answerTo = async (world: World, text: string): Promise<string> => {
  world.say(text);
  await world.settled();
  return world.platform.texts.at(-1) ?? '';
};

test('privacy names the one host, how long things are kept, what is looked at, and the models with their hashes', async () => {
  const check: SimilarityCheck = {
    status: () => ({ works: 12, stages: ['file', 'hash', 'embedding'], model: { name: 'copies', hash: 'c0ffee' } }),
    check: async () => ({ state: 'not_checked', reason: 'failed' }),
  };
  const installed: PictureClassifier = { name: 'looker', hash: 'beef', label: 'nsfw', threshold: 0.8, classify: async () => 0 };
  await using world = await World.open(undefined, undefined, {
    privacyParts: { privacy: () => privacy, retention: { removePosts: true, keepStarred: true } },
    checks: { similarity: { check, onMatch: 'hold-back', onFailure: 'post' }, classifier: { find: () => installed, onFailure: 'post' } },
  });
  const said = await answerTo(world, '!img privacy');
  assert.deepEqual(said.match(/https?:\/\/\S+/gu), ['https://matrix.example.org'], 'one host and no other address');
  for (const part of [
    /Nobody else: no other host is contacted/u,
    /90 days after the job has ended \(as configured; !img retention\), starred ones for longer/u,
    /are removed with it where the server lets the bot/u,
    /with 12 works; a match is held back/u,
    /on, it looks for «nsfw»/u,
    /Drawing: \S+ abc123/u,
    /Comparing: copies c0ffee/u,
    /Classifying: looker beef/u,
    /!img mydata gives you a copy, !img forget me erases it/u,
    /npm run test:egress/u,
  ])
    assert.match(said, part);
  assert.match(await answerTo(world, '!bild datenschutz'), /Mit niemandem sonst: Kein Teil von ihm/u);
});

test('where there is no server, no library and no classifier, that is what it says', async () => {
  await using world = await World.open();
  const said = await answerTo(world, '!img privacy');
  assert.match(said, /Nobody: no server is configured, so it connects to no host at all/u);
  assert.match(said, /until somebody erases them/u);
  assert.match(said, /Comparison with protected works: off/u);
  assert.match(said, /none installed: nothing is classified/u);
  assert.match(said, /Marks of origin: caption, XMP$/mu);
});
