/** The model store through the real command line: pulled from a hub that speaks the protocol, chosen, drawn with, verified, removed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { GenerateOutput } from '#src/cli/generate.ts';
import type { ModelsOutput } from '#src/cli/models/list.ts';
import { filesOf, SmallHub } from '../../hub/small-hub.ts';
import { RoomClient } from './room-client.ts';
import { sentence, until, Workplace, type Outcome } from './program.ts';

const root = join(import.meta.dirname, '../../..');
const repo = 'makers/tiny-sd';
const token = 'hf_a-secret-of-this-test';

const hub = await SmallHub.open();
after(() => hub[Symbol.asyncDispose]());
const files = await filesOf(join(root, 'test/golden/fixtures/models/sd-epsilon'));
hub.commit(repo, files);
hub.commit('makers/Tiny-SD-2', files);
hub.commit('makers/pickled', { 'model_index.json': Buffer.from('{}'), 'unet/diffusion_pytorch_model.bin': Buffer.from('pickle') });

const entry = {
  name: 'tiny',
  title: 'Tiny',
  repo,
  licence: { name: 'Licence of this test', summary: 'Free below 7 US dollars of revenue a year.' },
  goodFor: 'this test',
  sizePx: '32×32',
  steps: '2',
  memory: '10 MB',
  downloadGigabytes: 0.002,
  files: Object.keys(files),
  write: {
    'blitzbild.json': {
      name: 'tiny',
      title: 'Tiny',
      licence: 'Licence of this test',
      sizes: [[32, 32]],
      defaults: { width: 32, height: 32, steps: 2, guidanceScale: 7.5 },
      hq: { steps: 3, guidanceScale: 7.5 },
      maxSteps: 10,
    },
  },
  source: ['this test'],
};

const place = await openPlace();
after(() => place[Symbol.asyncDispose]());

async function openPlace(): Promise<Workplace> {
  const opened = await Workplace.open();
  const settings = { providers: ['cpu'], hub: hub.address, modelFolders: [opened.path('models'), join(root, 'models')] };
  await writeFile(opened.path('blitzbild.yaml'), JSON.stringify(settings));
  await writeFile(opened.path('models.json'), JSON.stringify({ models: [entry] }));
  return opened;
}

const models = (...args: readonly string[]): Promise<Outcome> => place.run(['models', ...args]);

async function listed(): Promise<ModelsOutput> {
  const { exitCode, stdout, stderr } = await models('list', '--json');
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as ModelsOutput;
}

/** Accepted by a bot that was paused and stopped. @returns the command's id */
async function leaveWaiting(text: string): Promise<string> {
  const bot = await place.start();
  const room = new RoomClient(bot.url);
  await room.answerTo(await room.say('!img admin pause'));
  const command = await room.say(text);
  await until('it is accepted', () => room.answers(command));
  await bot.stop();
  return command;
}

async function refused(exitCode: number, says: RegExp, ...args: readonly string[]): Promise<void> {
  const outcome = await models(...args);
  assert.match(outcome.stderr, sentence, outcome.stdout);
  assert.match(outcome.stderr, says);
  assert.equal(outcome.exitCode, exitCode, outcome.stderr);
}

describe('from a hub to a picture', { concurrency: 1 }, () => {
  test('nobody is there to accept the licence, so nothing is downloaded', async () => {
    const { exitCode, stdout, stderr } = await models('pull', 'tiny');
    assert.equal(exitCode, 2);
    assert.match(stdout, /Licence: Licence of this test \(http.*\)\n {2}Free below 7 US dollars of revenue a year\.\n$/);
    assert.match(stderr, /nobody is here to accept the licence.*--accept-licence/);
    assert.equal(hub.bytesSent, 0);
  });

  /** Runs the pull until so many bytes of the weights are here. */
  async function pullUntil(bytes: number) {
    hub.fault = ({ kind, file, range }) => {
      const from = Number(/\d+/.exec(range ?? '0')?.[0]);
      return kind === 'bytes' && file === 'unet/model.onnx_data' ? { stallAfter: bytes - from } : undefined;
    };
    const child = place.spawn(['models', 'pull', 'tiny', '--accept-licence']);
    const said = { stderr: '', stdout: '' };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    const staging = place.path('models/.pulling/tiny');
    await until('everything but these weights is here, and so many bytes of them', async () => {
      const state = await readFile(join(staging, 'state.json'), 'utf8').catch(() => '{"done":{}}');
      const { done } = JSON.parse(state) as { done: object };
      const part = (await readdir(join(staging, 'parts')).catch(() => [])).find((name) => name.startsWith('unet__model.onnx_data'));
      if (part === undefined || Object.keys(done).length < Object.keys(files).length - 1) return undefined;
      return (await readFile(join(staging, 'parts', part))).byteLength >= bytes ? true : undefined;
    });
    return { child, said };
  }

  test('killed in the middle, it leaves a lock that holds nobody up', async () => {
    const { child } = await pullUntil(150_000);
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.ok((await readdir(place.path('models/.pulling'))).includes('tiny.lock'));
    assert.deepEqual(
      (await listed()).installed.map(({ name }) => name),
      ['embedded'],
    );
  });

  test('Ctrl-C in the middle keeps what is there', async () => {
    const before = hub.bytesSent;
    const { child, said } = await pullUntil(300_000);
    child.kill('SIGINT');
    const [exitCode] = (await once(child, 'close')) as [number | null];
    assert.equal(exitCode, 1);
    assert.match(said.stderr, /^blitzbild: Stopped\. .* are kept: the same command goes on from there\.\n$/);
    assert.match(said.stdout, /Downloading tiny: 15 files, 1\.4 MB, .* of them are here already\n/);
    assert.equal(hub.bytesSent - before, 150_000, 'only what was missing');
    assert.deepEqual(
      (await listed()).installed.map(({ name }) => name),
      ['embedded'],
    );
  });

  test('the same command fetches the rest, without asking about the licence again', async () => {
    hub.fault = () => undefined;
    const before = hub.bytesSent;
    const total = Object.values(files).reduce((sum, { byteLength }) => sum + byteLength, 0);
    const { exitCode, stdout, stderr } = await models('pull', 'tiny');
    assert.equal(exitCode, 0, stderr);
    assert.doesNotMatch(stdout, /Licence/);
    assert.match(stdout, /of them are here already\n/);
    assert.match(
      stdout,
      /tiny is installed: .* downloaded in .*; 15 files checked by the hub's own hashes\.\nDraw with it: blitzbild models use tiny\./,
    );
    assert.ok(hub.bytesSent - before <= total - 300_000, `${hub.bytesSent - before} bytes`);
    const found = await filesOf(place.path('models/tiny'));
    for (const [path, content] of Object.entries(files)) assert.ok(found[path]?.equals(content), path);
  });

  test('it is chosen, and draws a picture', async () => {
    const chosen = await models('use', 'tiny');
    assert.equal(chosen.exitCode, 0, chosen.stderr);
    assert.match(chosen.stdout, /^tiny draws from now on/);
    const { installed } = await listed();
    assert.deepEqual(
      installed.map(({ name, active, licence }) => [name, active, licence]),
      [
        ['tiny', true, 'Licence of this test'],
        ['embedded', false, 'Apache-2.0 AND MIT'],
      ],
    );
    const drawn = await place.run(['generate', 'a red fox', '--model', 'tiny', '--seed', '7', '--out', 'pictures', '--json']);
    assert.equal(drawn.exitCode, 0, drawn.stderr);
    const { images, model } = JSON.parse(drawn.stdout) as GenerateOutput;
    assert.deepEqual([model, images[0]?.width, images[0]?.height], ['tiny', 32, 32]);
    assert.equal((await readFile(images[0]?.file ?? '')).readUInt32BE(0), 0x89_50_4e_47);
  });

  test('the chat draws with it where no model is named', async () => {
    const bot = await place.start();
    const room = new RoomClient(bot.url);
    const { images } = await room.finished(await room.say('!img a red fox'));
    assert.deepEqual([images.length, images[0]?.widthPx], [1, 32]);
    await refused(1, /A bot is running on this data folder\. Type «!img model use embedded»/, 'use', 'embedded');
    await refused(1, /A bot is running on this data folder and may be drawing with tiny\. Stop it first/, 'remove', 'tiny', '--yes');
    const { botIsRunning } = await listed();
    assert.equal(botIsRunning, true);
    assert.equal((await bot.stop()).exitCode, 0);
  });

  test('a second pull, and the names that are not there, are told', async () => {
    await refused(1, /tiny is installed already/, 'pull', 'tiny', '--accept-licence');
    await refused(2, /did you mean «tiny»/, 'pull', 'tinny');
    await refused(2, /did you mean «tiny»/, 'use', 'tinny');
    await refused(2, /did you mean «models verify»/, 'verfy');
    await refused(2, /Name one model/, 'pull');
    await refused(1, /has no makers\/nothing at «main»/, 'pull', 'makers/nothing');
    await refused(1, /Python pickles .* never downloaded/, 'pull', 'makers/pickled');
  });

  test('verify names what differs, and nothing else', async () => {
    const right = await models('verify');
    assert.equal(right.exitCode, 0, right.stderr);
    assert.match(right.stdout, /^ok    tiny: 16 files, .*\n–     embedded: was not pulled/);
    const path = place.path('models/tiny/vae_decoder/model.onnx');
    const content = await readFile(path);
    await writeFile(path, Buffer.from(content.map((byte, index) => (index === 9000 ? byte ^ 1 : byte))));
    const wrong = await models('verify', 'tiny');
    assert.equal(wrong.exitCode, 1);
    assert.equal(
      wrong.stdout,
      'WRONG tiny: vae_decoder/model.onnx has another content\n      → blitzbild models remove tiny, then blitzbild models pull tiny\n',
    );
    assert.match(wrong.stderr, sentence);
    await writeFile(path, content);
  });

  test('what draws is not removed, nor what somebody waits for; another one is, when somebody says so', async () => {
    await refused(1, /tiny is the model that draws\. Choose another one first/, 'remove', 'tiny', '--yes');
    await refused(1, /embedded model comes with Blitzbild/, 'remove', 'embedded', '--yes');
    assert.equal((await models('use', 'embedded')).exitCode, 0);
    const command = await leaveWaiting('!img a red fox --model tiny');
    await refused(1, /A job that waits was accepted for tiny\. .*--force/, 'remove', 'tiny', '--yes');
    await refused(2, /nobody is here to be asked\. Add --yes/, 'remove', 'tiny', '--force');
    const removed = await models('remove', 'tiny', '--yes', '--force');
    assert.equal(removed.exitCode, 0, removed.stderr);
    assert.match(removed.stdout, /^tiny is removed; 1\.\d MB are free again\.\n$/);
    assert.deepEqual(
      (await listed()).available.map(({ name }) => name),
      ['tiny'],
    );
    const bot = await place.start();
    const room = new RoomClient(bot.url);
    await room.say('!img admin resume');
    const { ends, endTypes } = await room.finished(command);
    assert.deepEqual(endTypes, ['error']);
    assert.match(ends[0] ?? '', /tiny is not installed/);
    await bot.stop();
  });

  test('any repository with the layout comes under its own name, with a token that nobody sees', async () => {
    hub.token = token;
    await refused(1, /accept its terms at http.*BLITZBILD_HUB_TOKEN_FILE/, 'pull', 'makers/Tiny-SD-2');
    await writeFile(place.path('hub-token'), `${token}\n`);
    const environment = { BLITZBILD_HUB_TOKEN_FILE: place.path('hub-token'), LOG_LEVEL: 'debug' };
    const outcome = await place.run(['models', 'pull', 'makers/Tiny-SD-2', '--accept-licence', '--use'], { environment });
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    assert.match(outcome.stdout, /Licence: apache-2\.0 .*\n {2}Blitzbild's list does not know this model/);
    assert.match(outcome.stdout, /tiny-sd-2 is installed: .*\ntiny-sd-2 draws from now on/);
    assert.doesNotMatch(outcome.stdout + outcome.stderr, new RegExp(token));
    hub.token = undefined;
  });

  test('no hub, and a hub that is a login page, are one sentence', async () => {
    const elsewhere = await place.run(['models', 'pull', 'tiny'], { environment: { BLITZBILD_HUB: 'http://no-such-hub.invalid' } });
    assert.match(elsewhere.stderr, sentence);
    assert.match(elsewhere.stderr, /no-such-hub\.invalid can't be reached: .*set «hub» in config\/blitzbild\.yaml to a mirror/);
    assert.equal(elsewhere.exitCode, 1);
    hub.fault = () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' });
    await refused(1, /does not answer as a model hub does/, 'pull', 'tiny');
    hub.fault = () => undefined;
    const secret = await place.run(['models', 'pull', 'tiny'], { environment: { BLITZBILD_HUB: 'https://me:password@hub.example' } });
    assert.equal(secret.exitCode, 2);
    assert.match(secret.stderr, /BLITZBILD_HUB must not hold a password/);
    assert.doesNotMatch(secret.stderr, /me:password/);
  });

  test('models that look at pictures are listed with their hash; the one that comes along gives way to another', async () => {
    const namesOf = ({ lookingAtPictures }: ModelsOutput): readonly string[] => lookingAtPictures.map(({ name }) => name);
    const before = await listed();
    assert.deepEqual(namesOf(before), ['copies-64']);
    assert.match(before.lookingAtPictures[0]!.hash, /^[0-9a-f]{12}$/);
    for (const kind of ['similarity', 'classifier'])
      await cp(join(root, 'test/golden/fixtures/picture-models', kind), place.path(`models/${kind}`), { recursive: true });
    assert.deepEqual(namesOf(await listed()), ['tiny-copies', 'tiny-red']);
    const { stdout } = await models('list');
    assert.match(
      stdout,
      /\nLooking at pictures:\n {2}tiny-copies \(finds copies, [0-9a-f]{12}\) .*\n {2}tiny-red \(says what pictures show, /,
    );
    await rm(place.path('models/classifier/onnx'), { recursive: true });
    const { broken, ...rest } = await listed();
    assert.deepEqual(broken, [{ name: 'classifier', reason: 'onnx/model.onnx is missing' }]);
    assert.deepEqual(namesOf({ broken, ...rest }), ['tiny-copies']);
  });

  test('help names every command', async () => {
    const { stdout, exitCode } = await models('--help');
    assert.equal(exitCode, 0);
    for (const name of ['list', 'pull', 'verify', 'use', 'remove', 'convert'])
      assert.ok(stdout.includes(`blitzbild models ${name === 'list' ? '[list]' : name}`), name);
  });
});
