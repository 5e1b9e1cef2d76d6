import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse as parseYaml } from 'yaml';
import dotenv from 'dotenv';
import { ConfigError, readConfig } from '#src/config.ts';

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'blitzbild-config-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'config'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
}

const mistakesOf = (root: string, environment: Record<string, string> = {}): readonly string[] => {
  try {
    readConfig(root, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
};

test('without any file the defaults hold', (t) => {
  const config = readConfig(folderWith(t, {}), {});
  assert.deepEqual(config.prefixes, [
    { text: '!img', language: 'en' },
    { text: '!bild', language: 'de' },
  ]);
  assert.deepEqual(config.providers, ['cuda', 'webgpu', 'cpu']);
  assert.equal(config.room.host, '127.0.0.1');
  assert.equal(config.matrix, undefined);
});

test('the shipped configuration says the defaults', (t) => {
  const shipped = readFileSync(join(import.meta.dirname, '..', 'config', 'blitzbild.yaml'), 'utf8');
  const withFile = readConfig(folderWith(t, { 'config/blitzbild.yaml': shipped }), {});
  const without = readConfig(folderWith(t, {}), {});
  // Each has its own temporary folder.
  const { dataFolder, modelFolders, configFolder } = without;
  const graphCache = { ...withFile.graphCache, folder: without.graphCache?.folder ?? '' };
  assert.deepEqual({ ...withFile, dataFolder, modelFolders, configFolder, graphCache }, without);
  assert.equal(typeof parseYaml(shipped), 'object');
});

test('what is compared, classified and refused is said by key; a pattern that could take for ever is a mistake', (t) => {
  const root = folderWith(t, {
    'config/blitzbild.yaml': `
similarity: { check: sometimes, threshold: 1.5, names: ['(', ''] }
safety: { classifier: { onFailure: pst }, prompts: { refuse: ['/(a+)+$/', guns], warn: ['/(/'] }, minors: false }`,
  });
  assert.deepEqual(mistakesOf(root), [
    'blitzbild.yaml: similarity.check must be one of off, report, hold-back',
    'blitzbild.yaml: similarity.threshold expected number to be <=1',
    'blitzbild.yaml: similarity.names.0 "(" has no letters: write a word, several words, or a pattern such as /guns?/',
    'blitzbild.yaml: similarity.names.1 "" has no letters: write a word, several words, or a pattern such as /guns?/',
    'blitzbild.yaml: safety.classifier.onFailure must be one of post, hold-back',
    'blitzbild.yaml: safety.prompts.refuse.0 the pattern /(a+)+$/ repeats a group that has alternatives or repetitions itself: write it without',
    'blitzbild.yaml: safety.prompts.warn.0 the pattern /(/ is no regular expression: check brackets and backslashes',
    'blitzbild.yaml: safety.minors is not a setting; remove it or check its spelling',
  ]);
  const { similarity, safety } = readConfig(folderWith(t, { 'config/blitzbild.yaml': 'similarity: { check: off, names: [Acme] }' }), {});
  assert.deepEqual(
    [similarity.check, similarity.onFailure, similarity.threshold, similarity.names.map(({ text }) => text), safety.classifier],
    ['off', 'post', undefined, ['Acme'], { check: 'hold-back', onFailure: 'hold-back' }],
  );
});

test('marks that can be switched are switched by yes and no, and there is no switch for the caption', (t) => {
  const root = folderWith(t, { 'config/blitzbild.yaml': 'marks: { watermark: false, prompt: sometimes, caption: false }' });
  assert.deepEqual(mistakesOf(root), [
    'blitzbild.yaml: marks.prompt expected boolean, received string',
    'blitzbild.yaml: marks.caption is not a setting; remove it or check its spelling',
  ]);
  const { marks } = readConfig(folderWith(t, { 'config/blitzbild.yaml': 'marks: { watermark: false }' }), {});
  assert.deepEqual(marks, { manifest: true, watermark: false, prompt: false });
});

test('how long things are kept is a whole number of days; left out, the installation decides', (t) => {
  const file = (text: string): string => folderWith(t, { 'config/blitzbild.yaml': text });
  assert.deepEqual(mistakesOf(file('retention: { days: -1, mostDays: 0, removePosts: perhaps, years: 2 }')), [
    'blitzbild.yaml: retention.days must be 1 day or more, or 0 for ever',
    'blitzbild.yaml: retention.mostDays must be 1 day or more; leave it out for no limit',
    'blitzbild.yaml: retention.removePosts expected boolean, received string',
    'blitzbild.yaml: retention.years is not a setting; remove it or check its spelling',
  ]);
  assert.deepEqual(readConfig(file('{}'), {}).retention, { removePosts: false, keepStarred: false });
  assert.deepEqual(readConfig(file('retention: { days: 30, mostDays: 90 }'), {}).retention, {
    days: 30,
    mostDays: 90,
    removePosts: false,
    keepStarred: false,
  });
});

test('.env.example names exactly the settings there are, all commented out', (t) => {
  const example = readFileSync(join(import.meta.dirname, '..', '.env.example'), 'utf8');
  assert.deepEqual(dotenv.parse(example), {});
  const names = [...example.matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]);
  const [mistake = ''] = mistakesOf(folderWith(t, { '.env': 'BLITZBILD_NOPE=1' }));
  const known = mistake.replace(/^.*these are: /, '').split(', ');
  assert.deepEqual(new Set(names), new Set(known));
});

test('all mistakes come at once, each with file, key and what is allowed', (t) => {
  const root = folderWith(t, {
    '.env': 'BLITZBILD_PORT=99999\nLOG_LEVEL=loud\nMATRIX_HOMESERVER_URL=matrix.example.org',
    'config/blitzbild.yaml':
      'language: fr\nprovders: [cpu]\nproviders: [gpu]\nlimits: { maxCount: 0, nope: 1 }\nstorage: { maxGigabytes: lots }\n',
  });
  const mistakes = mistakesOf(root);
  const expected = [
    /^\.env: BLITZBILD_PORT must be from 0 to 65535/,
    /^\.env: LOG_LEVEL must be one of fatal, error/,
    /^\.env: MATRIX_HOMESERVER_URL must be an address such as https/,
    /^blitzbild\.yaml: language must be one of en, de/,
    /^blitzbild\.yaml: provders is not a setting/,
    /^blitzbild\.yaml: providers\.0 must be one of cuda, webgpu, dml, coreml, cpu/,
    /^blitzbild\.yaml: limits\.maxCount .*1/,
    /^blitzbild\.yaml: limits\.nope is not a setting/,
    /^blitzbild\.yaml: storage\.maxGigabytes .*number/,
  ];
  for (const pattern of expected)
    assert.ok(
      mistakes.some((mistake) => pattern.test(mistake)),
      `${pattern} in\n${mistakes.join('\n')}`,
    );
  assert.equal(mistakes.length, expected.length, mistakes.join('\n'));
});

test('broken YAML is named with its line', (t) => {
  assert.match(
    mistakesOf(folderWith(t, { 'config/blitzbild.yaml': 'language: en\nprefixes: {"!img: en}\n' })).join(),
    /blitzbild\.yaml line \d/,
  );
});

test('a key that stands twice is named with its line', (t) => {
  const root = folderWith(t, { 'config/blitzbild.yaml': 'matrix:\n  allowedInviters: []\nmatrix: { allowedInviters: [example.org] }\n' });
  assert.match(mistakesOf(root).join(), /line 3: a key stands there for the second time/);
});

test('Matrix needs both an address and a token, and a secret comes from one place', (t) => {
  const root = folderWith(t, { token: 'syt_secret\n', empty: '\n' });
  const url = { MATRIX_HOMESERVER_URL: 'https://matrix.example.org/' };
  assert.match(mistakesOf(root, url).join(), /no token: set MATRIX_ACCESS_TOKEN_FILE/);
  assert.match(mistakesOf(root, { MATRIX_ACCESS_TOKEN: 'a' }).join(), /set MATRIX_HOMESERVER_URL/);
  assert.match(mistakesOf(root, { ...url, MATRIX_ACCESS_TOKEN: 'a', MATRIX_ACCESS_TOKEN_FILE: 'token' }).join(), /keep one of them/);
  assert.match(mistakesOf(root, { MATRIX_ADMIN_TOKEN: 'a' }).join(), /MATRIX_ADMIN_TOKEN is set but no address/);
  assert.equal(
    readConfig(root, { ...url, MATRIX_ACCESS_TOKEN: 'a', MATRIX_ADMIN_TOKEN_FILE: 'token' }).matrix?.adminToken,
    readFileSync(join(root, 'token'), 'utf8').trim(),
  );
  assert.match(mistakesOf(root, { ...url, MATRIX_ACCESS_TOKEN_FILE: 'nowhere' }).join(), /can't be read/);
  assert.match(mistakesOf(root, { ...url, MATRIX_ACCESS_TOKEN_FILE: 'empty' }).join(), /empty file/);
  assert.deepEqual(readConfig(root, { ...url, MATRIX_ACCESS_TOKEN_FILE: 'token' }).matrix, {
    homeserverUrl: 'https://matrix.example.org',
    accessToken: 'syt_secret',
    allowedInviters: [],
    seedsReactions: false,
    storeKeyFile: undefined,
    shareWith: 'all',
  });
});

test('Mattermost needs both an address and a token, and a secret comes from one place', (t) => {
  const root = folderWith(t, { token: 'sometoken\n', empty: '\n' });
  const url = { MATTERMOST_URL: 'https://chat.example.org/' };
  assert.match(mistakesOf(root, url).join(), /no token: set MATTERMOST_TOKEN_FILE/);
  assert.match(mistakesOf(root, { MATTERMOST_TOKEN: 'a' }).join(), /set MATTERMOST_URL/);
  assert.match(mistakesOf(root, { ...url, MATTERMOST_TOKEN: 'a', MATTERMOST_TOKEN_FILE: 'token' }).join(), /keep one of them/);
  assert.match(mistakesOf(root, { ...url, MATTERMOST_TOKEN_FILE: 'nowhere' }).join(), /can't be read/);
  assert.match(mistakesOf(root, { ...url, MATTERMOST_TOKEN_FILE: 'empty' }).join(), /empty file/);
  for (const wrong of [
    'chat.example.org',
    'https://chat.example.org/api/v4',
    'https://me:secret@chat.example.org',
    'wss://chat.example.org',
  ])
    assert.match(mistakesOf(root, { MATTERMOST_URL: wrong, MATTERMOST_TOKEN: 'a' }).join(), /^\.env: MATTERMOST_URL must /, wrong);
  assert.deepEqual(readConfig(root, { ...url, MATTERMOST_TOKEN_FILE: 'token' }).mattermost, {
    serverUrl: 'https://chat.example.org',
    accessToken: 'sometoken',
    teams: [],
    channels: [],
    direct: true,
  });
  const both = { ...url, MATTERMOST_TOKEN: 'a', MATRIX_HOMESERVER_URL: 'https://matrix.example.org', MATRIX_ACCESS_TOKEN: 'b' };
  const { matrix, mattermost } = readConfig(root, both);
  assert.deepEqual([matrix?.accessToken, mattermost?.accessToken], ['b', 'a']);
});

test('where the bot works on Mattermost, and who its admins are', (t) => {
  const [channel, account] = ['c4n8fy1xh3bmbyh7p5o1ebs7ua', 'qkz3zrh7s3rb5g8x6xb1ou6i7c'];
  const env = { MATTERMOST_URL: 'https://chat.example.org/company', MATTERMOST_TOKEN: 'a' };
  const root = folderWith(t, {
    'config/blitzbild.yaml': `mattermost: { teams: [design], channels: [${channel}], direct: false }\nadmins: [${account}, '@ada:example.org']\n`,
  });
  const { mattermost, admins } = readConfig(root, env);
  assert.deepEqual(mattermost, {
    serverUrl: 'https://chat.example.org/company',
    accessToken: 'a',
    teams: ['design'],
    channels: [channel],
    direct: false,
  });
  assert.deepEqual(admins, [account, '@ada:example.org']);
  const wrong = folderWith(t, {
    'config/blitzbild.yaml': `mattermost: { teams: [Our Team], channels: ['~town-square'], directs: true }\nadmins: [${account}7]\n`,
  });
  const mistakes = mistakesOf(wrong, env).join('\n');
  assert.match(mistakes, /mattermost\.teams\.0 must be a team as its address names it/);
  assert.match(mistakes, /mattermost\.channels\.0 must be the id of a channel/);
  assert.match(mistakes, /mattermost\.directs is not a setting/);
  assert.match(mistakes, /admins\.0 must be a user id/);
});

test('buttons and the slash command need an address at which Mattermost reaches the bot', (t) => {
  const [one, other] = ['c4n8fy1xh3bmbyh7p5o1ebs7ua', 'qkz3zrh7s3rb5g8x6xb1ou6i7c'];
  const root = folderWith(t, { tokens: `${one}\n${other}\n` });
  const server = { MATTERMOST_URL: 'https://chat.example.org', MATTERMOST_TOKEN: 'a' };
  const callback = { MATTERMOST_CALLBACK_URL: 'https://bot.example.org/' };
  assert.deepEqual(readConfig(root, { ...server, ...callback }).mattermost?.callback, {
    url: 'https://bot.example.org',
    host: '127.0.0.1',
    port: 8092,
    commandTokens: [],
  });
  assert.deepEqual(
    readConfig(root, { ...server, ...callback, MATTERMOST_CALLBACK_PORT: '0', MATTERMOST_COMMAND_TOKEN_FILE: 'tokens' }).mattermost
      ?.callback,
    { url: 'https://bot.example.org', host: '127.0.0.1', port: 0, commandTokens: [one, other] },
  );
  assert.match(mistakesOf(root, callback).join(), /no MATTERMOST_URL/);
  assert.match(mistakesOf(root, { ...server, MATTERMOST_COMMAND_TOKEN: one }).join(), /no MATTERMOST_CALLBACK_URL/);
  const short = mistakesOf(root, { ...server, ...callback, MATTERMOST_COMMAND_TOKEN: `${one} short` }).join();
  assert.match(short, /MATTERMOST_COMMAND_TOKEN must be tokens of 26/);
  assert.ok(!short.includes(one));
});

test('somebody must be able to talk to the bot', (t) => {
  const root = folderWith(t, { 'config/blitzbild.yaml': 'room: { enabled: false }' });
  assert.match(mistakesOf(root).join(), /neither MATRIX_HOMESERVER_URL nor MATTERMOST_URL is set/);
  assert.deepEqual(mistakesOf(root, { MATTERMOST_URL: 'https://chat.example.org', MATTERMOST_TOKEN: 'a' }), []);
});

test('a room that other machines reach needs a token', (t) => {
  const root = folderWith(t, {});
  assert.match(mistakesOf(root, { BLITZBILD_HOST: '0.0.0.0' }).join(), /set BLITZBILD_TOKEN/);
  assert.equal(readConfig(root, { BLITZBILD_HOST: '0.0.0.0', BLITZBILD_TOKEN: 'x'.repeat(16) }).room.token?.length, 16);
});

test('secrets, and a folder that is not there, are among the mistakes that come at once', (t) => {
  const root = folderWith(t, { short: 'secret' });
  const mistakes = mistakesOf(root, { BLITZBILD_PORT: 'x', MATRIX_ACCESS_TOKEN_FILE: 'nowhere', BLITZBILD_CONFIG: 'elsewhere' });
  assert.equal(mistakes.length, 3);
  for (const key of ['BLITZBILD_PORT', 'MATRIX_ACCESS_TOKEN_FILE', 'BLITZBILD_CONFIG'])
    assert.ok(
      mistakes.some((mistake) => mistake.startsWith(`.env: ${key} `)),
      key,
    );
  assert.match(mistakesOf(root, { BLITZBILD_TOKEN_FILE: 'short' }).join(), /at least 16 characters/);
});

test('a limit goes no further than what it bounds can', (t) => {
  const root = folderWith(t, { 'config/blitzbild.yaml': 'limits: { maxCount: 101, maxPromptChars: 10001 }' });
  assert.equal(mistakesOf(root).length, 2);
});

test('the environment wins over .env, and empty counts as not set', (t) => {
  const root = folderWith(t, { '.env': 'BLITZBILD_PORT=1234\nBLITZBILD_TOKEN=\n' });
  assert.equal(readConfig(root, {}).room.port, 1234);
  assert.equal(readConfig(root, { BLITZBILD_PORT: '0' }).room.port, 0);
});

test('people, zones and previews that a team chooses', (t) => {
  const root = folderWith(t, {
    'config/blitzbild.yaml': "admins: ['@ada:example.org']\ntimeZone: Europe/Berlin\nstyles:\n  previews: false\n",
  });
  const { admins, timeZone, previews } = readConfig(root, {});
  assert.deepEqual([admins, timeZone, previews], [['@ada:example.org'], 'Europe/Berlin', false]);
  const wrong = folderWith(t, { 'config/blitzbild.yaml': 'admins: [ada]\ntimeZone: Mars/Base\nstyles:\n  preview: false\n' });
  const mistakes = mistakesOf(wrong).join('\n');
  assert.match(mistakes, /admins\.0 must be a user id/);
  assert.match(mistakes, /timeZone must be a time zone such as Europe\/Berlin/);
  assert.match(mistakes, /styles\.preview is not a setting/);
});

test('models come from a hub without a secret in its address, with a token from one place', (t) => {
  const root = folderWith(t, { 'config/blitzbild.yaml': 'hub: https://mirror.example.org/hub/', token: 'hf_one\n' });
  assert.deepEqual(readConfig(folderWith(t, {}), {}).hub, { address: 'https://huggingface.co' });
  assert.deepEqual(readConfig(root, {}).hub, { address: 'https://mirror.example.org/hub' });
  assert.deepEqual(readConfig(root, { BLITZBILD_HUB: 'http://10.0.0.1:8000', HF_TOKEN: 'hf_two' }).hub, {
    address: 'http://10.0.0.1:8000',
    token: 'hf_two',
  });
  assert.equal(readConfig(root, { BLITZBILD_HUB_TOKEN_FILE: 'token', HF_TOKEN: 'hf_two' }).hub.token, 'hf_one');
  for (const hub of ['huggingface.co', 'ftp://a.example', 'https://me:secret@a.example', 'https://a.example/?token=x'])
    assert.match(mistakesOf(root, { BLITZBILD_HUB: hub }).join(), /^\.env: BLITZBILD_HUB must /, hub);
});

test('the data folder always holds models as well, after the others', (t) => {
  const root = folderWith(t, { 'config/blitzbild.yaml': 'modelFolders: [shelf]' });
  assert.deepEqual(readConfig(root, { BLITZBILD_DATA: 'kept' }).modelFolders, [join(root, 'shelf'), join(root, 'kept/models')]);
});
