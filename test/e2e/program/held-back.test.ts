/** A real library, the real comparison and the embedded model, in the local room: one picture of a batch is a copy. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { GenerateOutput } from '#src/cli/generate.ts';
import { toPlainText } from '#core/rich-text.ts';
import { patienceMs, until, Workplace, type Program } from './program.ts';
import { RoomClient } from './room-client.ts';

describe('pictures that are held back', { concurrency: 1, timeout: 2 * patienceMs }, () => {
  let place: Workplace;
  let program: Program;
  let room: RoomClient;
  before(async () => {
    place = await Workplace.open({
      similarity: { check: 'hold-back', names: ['Mickey Mouse'] },
      safety: { prompts: { refuse: ['guns'] } },
    });
    const drawn = await place.run(['generate', 'a', 'red', 'fox', '--seed', '43', '--out', 'works', '--json']);
    assert.equal(drawn.exitCode, 0, drawn.stderr);
    const file = (JSON.parse(drawn.stdout) as GenerateOutput).images[0]!.file;
    const added = await place.run(['references', 'add', file, '--title', 'The Fox', '--holder', 'Ada & Sons']);
    assert.equal(added.exitCode, 0, added.stdout + added.stderr);
    program = await place.start();
    room = new RoomClient(program.url);
  });
  after(() => place[Symbol.asyncDispose]());

  const textAfter = async (eventId: string): Promise<string> => (await room.answerTo(eventId)).text;

  test('the copy is not posted, nor is a byte of it; the other pictures are', async () => {
    const { jobId, images, ends } = await room.finished(await room.say('!img a red {fox, cat} --n 2 --seed 42'));
    assert.deepEqual(
      images.map(({ index }) => index).filter((index) => index >= 0),
      [0, 2, 3],
    );
    assert.match(ends[0] ?? '', new RegExp(`1 of 4 pictures of job ${jobId} is held back`, 'u'));
    const events = await room.events();
    const said = events
      .flatMap(({ body }) => (body.kind === 'text' && typeof body.text !== 'string' ? [toPlainText(body.text)] : []))
      .find((text) => text.includes('A2 is held back'));
    assert.match(said ?? '', /it resembles «The Fox» \(Ada & Sons\) at (?:1|0\.\d+) \(limit 0\.\d+\)/u);
    const posted = JSON.stringify(events);
    const info = await textAfter(await room.say(`!img info ${jobId}/A2`));
    const files = (await readdir(place.path('data', 'images'), { recursive: true }))
      .map((path) => basename(path))
      .filter((name) => /\.(?:png|jpg)$/u.test(name));
    const hidden = files.filter((name) => !posted.includes(name));
    assert.deepEqual(
      hidden.map((name) => name.slice(-3)).toSorted(),
      ['jpg', 'png'],
      'the picture and its thumbnail alone are in no message',
    );
    assert.ok(
      hidden.every((name) => !info.includes(name.slice(0, 64))),
      'its name would open it',
    );
    assert.match(info, /Comparison A2\s+compared with one work; resembles «The Fox»/u);
  });

  test('released, it is there, and says what it resembles', async () => {
    const held = await textAfter(await room.say('!img held'));
    const [, name = ''] = /Picture (\w+\/A2) is held back/u.exec(held) ?? [];
    await room.say(`!img release ${name}`);
    const caption = await until('the picture', async () => {
      const shown = (await room.events()).find(({ body }) => 'image' in body && JSON.stringify(body).includes(name));
      return shown === undefined ? undefined : JSON.stringify(shown.body);
    });
    assert.match(caption, /Resembles «The Fox» \(Ada & Sons\)/u);
  });

  test('check reports on a file that somebody brings, and keeps nothing of it', async () => {
    const drawn = await place.run(['generate', 'a', 'red', 'fox', '--seed', '43', '--out', 'again', '--json']);
    const file = (JSON.parse(drawn.stdout) as GenerateOutput).images[0]!.file;
    const report = await textAfter(await room.sendFile({ name: 'fox.png', bytes: await readFile(file) }, '!img check'));
    assert.match(report, /Compared with one work of this library, by the file itself/u);
    assert.match(report, /Highest similarity: 1 with «The Fox» \(Ada & Sons\)/u);
    assert.match(report, /What this does not prove/u);
  });

  test('prompts are refused in the room and on the command line alike; names are warned of', async () => {
    for (const [words, why] of [
      ['a naked child', /nothing sexual, and no nudity, together with children/u],
      ['a man with guns', /has put guns on the list/u],
    ] as const) {
      assert.match(await textAfter(await room.say(`!img ${words}`)), why);
      const { exitCode, stderr } = await place.run(['generate', ...words.split(' '), '--out', 'refused']);
      assert.deepEqual([exitCode, why.test(stderr)], [2, true], stderr);
    }
    const { ends } = await room.finished(await room.say('!img a red fox, mickey mouse --seed 5'));
    assert.match(ends[0] ?? '', /names Mickey Mouse, which somebody may have rights in/u);
    assert.doesNotMatch(program.stdout + program.stderr, /naked|guns|mickey/iu, 'nothing of a prompt is logged');
  });
});

test('a classifier that is installed holds pictures back by its own label, and doctor names it', { timeout: 2 * patienceMs }, async () => {
  const folder = join(import.meta.dirname, '../../golden/fixtures/picture-models');
  // A red fox is red to 0.12.
  const settings = { modelFolders: [join(import.meta.dirname, '../../../models'), folder], safety: { classifier: { threshold: 0.05 } } };
  await using place = await Workplace.open(settings);
  const doctor = await place.run(['doctor']);
  assert.match(doctor.stdout, /Classifier .*: .* a picture looked at in/u);
  const program = await place.start();
  const room = new RoomClient(program.url);
  const { jobId, images, ends } = await room.finished(await room.say('!img a red fox --seed 42'));
  assert.deepEqual(images, []);
  assert.match(ends[0] ?? '', new RegExp(`The picture of job ${jobId} is held back`, 'u'));
  const { text } = await room.answerTo(await room.say(`!img info ${jobId}`));
  assert.match(text, /Held back A1 +classified as «mostly red» with 0[.]1\d, held back from 0[.]05 on/u);
});
