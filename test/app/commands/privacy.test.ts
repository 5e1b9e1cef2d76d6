import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PictureClassifier } from '#core/safety-port.ts';
import type { SimilarityCheck } from '#core/similarity-port.ts';
import { roomId } from '#core/types.ts';
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
    platform: 'matrix',
    privacyParts: { privacy: () => privacy, retention: { removePosts: true, keepStarred: true } },
    checks: { similarity: { check, onMatch: 'hold-back', onFailure: 'post' }, classifier: { find: () => installed, onFailure: 'post' } },
  });
  const said = await answerTo(world, '!img privacy');
  assert.deepEqual(said.match(/https?:\/\/\S+/gu), ['https://matrix.example.org'], 'one host and no other address');
  for (const part of [
    /Nobody else: no other host is contacted/u,
    /90 days after the job has ended \(the default; !img retention\), starred ones for longer/u,
    /Schedules: until somebody removes them/u,
    /Styles: every version, also of removed ones/u,
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

test('one work is one work, and a classifier that can’t be used is said together with what that means for pictures', async () => {
  const check: SimilarityCheck = {
    status: () => ({ works: 1, stages: ['file', 'hash'] }),
    check: async () => ({ state: 'not_checked', reason: 'failed' }),
  };
  const broken: PictureClassifier = {
    name: 'looker',
    hash: '',
    label: '',
    threshold: 1,
    broken: 'model.onnx is missing',
    classify: async () => assert.fail('nobody asked'),
  };
  for (const [onFailure, en, de] of [
    ['hold-back', /can’t be used: every picture is held back/u, /nicht verwendbar: Jedes Bild wird zurückgehalten/u],
    ['post', /can’t be used: pictures are posted without/u, /nicht verwendbar: Bilder werden gezeigt/u],
  ] as const) {
    await using world = await World.open(undefined, undefined, {
      checks: { similarity: { check, onMatch: 'report', onFailure: 'post' }, classifier: { find: () => broken, onFailure } },
    });
    const said = await answerTo(world, '!img privacy');
    assert.match(said, en);
    assert.doesNotMatch(said, /none installed|Classifying/u);
    assert.match(said, /with one work; a match is named/u);
    const german = await answerTo(world, '!bild datenschutz');
    assert.match(german, de);
    assert.match(german, /mit einem Werk; ein Treffer wird genannt/u);
  }
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

test('a library that an older version has read is not called empty', async () => {
  const check: SimilarityCheck = {
    status: () => ({ works: 0, outdated: 3, stages: ['file', 'hash'] }),
    check: async () => ({ state: 'not_checked', reason: 'failed' }),
  };
  await using world = await World.open(undefined, undefined, {
    checks: { similarity: { check, onMatch: 'report', onFailure: 'post' } },
  });
  assert.match(await answerTo(world, '!img privacy'), /an older version has read the library: .*blitzbild references reindex/u);
  assert.match(await answerTo(world, '!bild datenschutz'), /ältere Version hat die Sammlung eingelesen: .*blitzbild references reindex/u);
});

test('how long, and what becomes of posts, is told as it is: by whom, for one day, here without a server', async () => {
  for (const [retention, platform, parts] of [
    [
      { days: 1, removePosts: false },
      'room',
      [/: 1 day after the job has ended \(as configured;/u, /Posts in the room: go with it, this room has no server/u],
    ],
    [
      { removePosts: false },
      'matrix',
      [/: 90 days after the job has ended \(the default;/u, /Posts in the room: stay; the server decides/u],
    ],
    [
      { days: 0, removePosts: true },
      'mattermost',
      [/: until somebody erases them \(as configured;/u, /Posts in the room: stay; the server decides/u],
    ],
  ] as const) {
    await using world = await World.open(undefined, undefined, {
      platform,
      privacyParts: { privacy: () => privacy, retention: { ...retention, keepStarred: false } },
    });
    const said = await answerTo(world, '!img privacy');
    for (const part of parts) assert.match(said, part);
  }
  await using german = await World.open(undefined, undefined, {
    privacyParts: { privacy: () => privacy, retention: { days: 1, removePosts: true, keepStarred: false } },
  });
  assert.match(await answerTo(german, '!bild datenschutz'), /: 1 Tag nach dem Ende des Auftrags \(so eingestellt;/u);
  assert.match(await answerTo(german, '!bild aufbewahrung'), /Was er gepostet hat, geht mit\. Admins/u);
});

test('a room’s choice that the operator’s limit cuts is the operator’s, and no limit is nobody’s where nobody has set one', async () => {
  await using world = await World.open(undefined, undefined, {
    platform: 'matrix',
    privacyParts: { privacy: () => privacy, retention: { mostDays: 20, removePosts: true, keepStarred: false } },
  });
  world.store.rooms.set('matrix', roomId('!room'), { retentionDays: 30 });
  const cut = await answerTo(world, '!img retention');
  assert.match(
    cut,
    /for 20 days after their end, as the bot’s operator has set it\. What it has posted goes with them, where the server lets the bot\./u,
  );
  await using older = await World.open(undefined, undefined, {
    privacyParts: { privacy: () => privacy, retention: { removePosts: false, keepStarred: false } },
  });
  older.store.settings.set('retention.older', '1');
  assert.match(
    await answerTo(older, '!img retention'),
    /nothing of this room is erased by its age, because the bot kept pictures before there was a limit/iu,
  );
  assert.match(await answerTo(older, '!img privacy'), /until somebody erases them \(no limit has been set;/u);
});
