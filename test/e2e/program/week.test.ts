/**
 * A week of a team: three people, one of them an admin, in a room of a real homeserver and in the local room, with the embedded model. The
 * clock is the test's: it is the week at whose end summer time ends in Berlin.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { assertSameBytes } from '../../same-bytes.ts';
import type { Gallery } from '#src/chat/web/events.ts';
import type { Person } from '../synapse/person.ts';
import { startSynapse, synapseSkipReason, type Synapse } from '../synapse/server.ts';
import type { JobSeen, Picture } from '../synapse/team-room.ts';
import { patienceMs, until } from './program.ts';
import { Team } from './team.ts';
import { WeekClock } from './week-clock.ts';

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
type Day = (typeof days)[number];
/** From Monday, 19 October 2026. */
const at = (day: Day, time: string, offset: '+02:00' | '+01:00' = '+02:00'): number =>
  Date.parse(`2026-10-${19 + days.indexOf(day)}T${time}:00${offset}`);

const timingLine = /^(\d+) images? (\d+×\d+) in .* · waited .* · text .* · denoise .* · CPU · [a-z0-9]+$/mu;
const styleNames = ['photo', 'watercolor', 'comic', 'sketch'];

/** 20,000 × 20,000 by its header. */
const pngBomb = Buffer.from(
  '89504e470d0a1a0a0000000d4948445200004e2000004e2008020000006c12d16e0000000c49444154789c6360a03d00000064000186643c350000000049454e44ae426082',
  'hex',
);
/** Two pictures of one pixel. */
const movingGif = Buffer.from(
  `47494638396101000100800000000000ffffff21ff0b4e45545343415045322e30030100000021f904000a0000002c000000000100010000020244010021f904000a0000002c00000000010001000002024c01003b`,
  'hex',
);

describe('the week of a team', { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 5 * patienceMs }, () => {
  let synapse: Synapse;
  let team: Team;
  const clock = new WeekClock(at('Mon', '09:00'));

  before(async () => {
    synapse = await startSynapse();
    team = await Team.gather(synapse, clock, { timeZone: 'Europe/Berlin', previews: true, matrix: { seedsReactions: true } });
  });
  after(async () => {
    await team?.[Symbol.asyncDispose]();
    await synapse?.stop();
  });

  afterEach(() => {
    assert.deepEqual(team.errors.splice(0), [], 'nothing goes wrong that nobody sees');
  });

  /** The plans of the room, by the number that the bot gave them. */
  const plan = { weekdays: 0, evenings: 0, night: 0 };
  let batch: JobSeen;

  /** At this time of the week: whatever is due then begins. */
  const wait = (day: Day, time: string, offset: '+02:00' | '+01:00' = '+02:00'): void => clock.leapTo(at(day, time, offset));

  const newPlan = async (person: Person, text: string): Promise<number> => {
    const answer = await team.room.ask(person, `!img plan ${text}`);
    const id = /^Plan (\d+): /u.exec(answer)?.[1];
    assert.ok(id !== undefined, answer);
    return Number(id);
  };

  const bytesOf = async ({ url }: Picture): Promise<Buffer> => Buffer.from((await team.cleo.download(url)).bytes);

  /** A file of the bot's in answer to this command. */
  const fileFor = async (command: string): Promise<{ readonly name: string; readonly bytes: Buffer }> => {
    const { content } = await team.room.until('a file', () =>
      team.room.answersTo(command).find((said) => said.content['msgtype'] === 'm.file'),
    );
    return { name: String(content['filename']), bytes: Buffer.from((await team.cleo.download(String(content['url']))).bytes) };
  };

  test('Monday: the styles, a batch of four by five with its sheet, and somebody with less to draw goes first', async () => {
    const { room, ada, ben } = team;
    const styles = await room.ask(ben, '!img styles');
    for (const name of styleNames) assert.ok(styles.includes(name), name);

    const command = await ada.say(room.roomId, `!img a red fox --style ${styleNames.join(',')} --n 5 --seed 42`);
    await room.accepted(command);
    const short = await room.draw(ben, '!bild ein roter Fuchs --startwert 7');
    batch = await room.ended(command);

    const cells = ['A', 'B', 'C', 'D'].flatMap((row) => [1, 2, 3, 4, 5].map((column) => `${row}${column}`));
    assert.deepEqual([...batch.pictures.keys()], cells, 'in the order of the grid, each once');
    const { text, edits } = batch.ack;
    assert.equal(text.split('\n').filter((line) => timingLine.test(line)).length, 1, text);
    assert.match(text, /^20 images 256×256 in .* each .* slowest denoise/u);
    assert.match(text, /can't really draw photo and comic/u);
    assert.ok(edits >= 1);

    const [sheet, ...more] = batch.sheets;
    assert.ok(sheet !== undefined && more.length === 0, 'one sheet');
    const png = await bytesOf(sheet);
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [sheet.widthPx, sheet.heightPx], 'as the message says');
    assert.ok(sheet.widthPx > 5 * 256 && sheet.heightPx > 4 * 256 && sheet.widthPx < 2400, `${sheet.widthPx}×${sheet.heightPx}`);

    assert.match(short.ack.text, /^1 Bild 256×256 in .* · Entrauschen /u);
    const [first, last] = [short.pictures.get('A1')?.eventId ?? '', batch.pictures.get('D5')?.eventId ?? ''];
    assert.ok(room.orderOf(first) < room.orderOf(last), 'one picture is not held up by twenty');
  });

  test('Monday: the local room draws a batch as well, and knows nothing of the other one', async () => {
    const { local } = team;
    const { images, ends, jobId } = await local.finished(await local.say('!img a blue bird --style watercolor,sketch --n 2 --seed 9'));
    assert.equal(images.length, 5, 'four pictures and their sheet');
    assert.match(ends[0] ?? '', /^4 images 256×256 in .* · slowest /u);
    assert.match((await local.answerTo(await local.say(`!img info ${jobId}/B2`))).text, /a blue bird[^]*sketch[^]*10/u);
    const larger = await local.finished(await local.say(`!img up ${jobId}/B1 x2`));
    assert.match(
      (await local.answerTo(await local.say(`!img info ${larger.jobId}`))).text,
      new RegExp(`enlarged ×2 from ${jobId}/B1`, 'u'),
    );
    assert.equal((await local.answerTo(await local.say(`!img info ${batch.id}`))).code, 'unknown_job');
    assert.equal((await local.answerTo(await local.say('!img find fox'))).text.includes(batch.id), false);
  });

  test('Monday evening: two schedules, of which the second runs at night', async () => {
    const { room, ada, ben } = team;
    wait('Mon', '18:00');
    plan.weekdays = await newPlan(ben, '"Mon-Fri 07:00" a yellow sun --n 2');
    plan.evenings = await newPlan(ada, '"daily 22:30 until 06:00" a white moon');
    const list = await room.ask(ben, '!img plans');
    assert.match(list, /a yellow sun[^]*a white moon/u);
    wait('Mon', '22:30');
    assert.equal((await room.runEnded(plan.evenings, 1)).pictures.size, 1);
    wait('Tue', '07:00');
    const morning = await room.runEnded(plan.weekdays, 1);
    assert.equal(morning.pictures.size, 2);
    assert.match(morning.ack.text, timingLine);
  });

  test('Tuesday: a style is changed when an admin says yes to the difference, and comes back by undo', async () => {
    const { room, ada, ben } = team;
    wait('Tue', '09:00');
    // It is drawn while nobody wants anything, so the first one to ask may be too early.
    await until('what the style looks like', async () => {
      const shown = await ada.say(room.roomId, '!img style show watercolor');
      await room.answer(shown);
      await delay(1000);
      return room.answersTo(shown).find(({ content }) => content['filename'] === 'style-watercolor.png');
    });
    assert.match(await room.ask(ben, '!img style set photo "a photo of {prompt}"'), /Only admins/u);

    const command = await ada.say(room.roomId, '!img style set photo "a studio photo of {prompt}" --no "fog"');
    const question = await room.until('the question', () => room.answersTo(command)[0]);
    await room.until('its answers to tap', () => (room.reactionsTo(question.eventId).join('') === '👍👎' ? true : undefined));
    assert.match(question.text, /a studio photo of \{prompt\}[^]*fog[^]*👍/u);
    const refused = await ben.react(room.roomId, question.eventId, '👍');
    await room.until('a refusal', () => room.answersTo(question.eventId).find(({ text }) => /This question is for the person/u.test(text)));
    assert.ok(refused !== '' && room.answersTo(command).length === 1, 'nothing was changed');
    assert.doesNotMatch(await room.ask(ben, '!img style show photo'), /a studio photo/u);

    await ada.react(room.roomId, question.eventId, '👍');
    await room.until('it is saved', () => room.answersTo(command).find(({ text }) => /Style photo saved, version 2/u.test(text)));
    assert.match(await room.ask(ben, '!img style show photo'), /a studio photo of \{prompt\}/u);

    const undo = await ada.say(room.roomId, '!img style undo photo');
    await room.answer(undo);
    await ada.say(room.roomId, '!img yes');
    await room.until('it is back', () => room.answersTo(undo).find(({ text }) => /Style photo saved, version 3/u.test(text)));
    assert.doesNotMatch(await room.ask(ben, '!img style show photo'), /a studio photo/u);
  });

  test('Tuesday: styles come from a styles.csv and leave as one, in both rooms alike', async () => {
    const { room, ada, cleo, local } = team;
    const broken = {
      name: 'styles.csv',
      mimeType: 'text/csv',
      bytes: Buffer.from('name,prompt,negative_prompt\nmist,"{prompt} in mist,\n'),
    };
    assert.match(
      await room.answer(await ada.sendFile(room.roomId, broken, '!img style import')),
      /quotes of the CSV are broken from line 2/u,
    );
    const csv = 'name,prompt,negative_prompt\nMisty,"{prompt}, thick mist, soft light",people\nGolden hour,{prompt} at sunset,\n';
    const command = await ada.sendFile(
      room.roomId,
      { name: 'styles.csv', mimeType: 'text/csv', bytes: Buffer.from(csv) },
      '!img style import',
    );
    const question = await room.until('the question', () => room.answersTo(command)[0]);
    assert.match(question.text, /2 new[^]*misty, golden hour/u);
    await ada.react(room.roomId, question.eventId, '👍🏽');
    await room.until('they are imported', () => room.answersTo(command).find(({ text }) => /2 styles added, 0 changed/u.test(text)));

    const file = await fileFor(await cleo.say(room.roomId, '!img style export csv'));
    assert.equal(file.name, 'styles.csv');
    assert.match(file.bytes.toString('utf8'), /Misty[^\n]*thick mist[^\n]*people/iu);
    const exported = await local.say('!img style export csv');
    const offered = await until('the same file in the local room', async () =>
      (await local.events()).map(({ body }) => body).find((body) => body.kind === 'file' && body.replyTo === exported),
    );
    assert.ok(offered.kind === 'file');
    const same = Buffer.from(await (await local.get(`/api/files/${offered.file.key}?name=styles.csv`)).arrayBuffer());
    assertSameBytes(same, file.bytes, 'both rooms');
    const imported = await local.sendFile({ name: 'styles.csv', bytes: Buffer.from(csv.replace('sunset', 'dawn')) }, '!img style import');
    const asked = await until('the question in the local room', async () =>
      (await local.events()).find(({ body }) => body.kind === 'text' && body.replyTo === imported && body.event?.type === 'ask'),
    );
    await local.react(asked.eventId, '👍');
    assert.match((await local.textsFor(imported, 2)).at(-1) ?? '', /0 styles added, 1 changed/u);
    const drawn = await room.draw(cleo, '!img a red fox --style misty --seed 1');
    assert.equal(drawn.pictures.size, 1);
  });

  test('Tuesday to Wednesday: a paused schedule rests, one that came due while the bot was down is made up, and a batch goes on', async () => {
    const { room, ada, ben } = team;
    assert.match(await room.ask(ben, `!img plan pause ${plan.evenings}`), /belongs to somebody else/u);
    assert.match(await room.ask(ada, `!img plan pause ${plan.evenings}`), /is paused/u);
    wait('Tue', '22:30');
    wait('Wed', '06:50');
    assert.match(await room.ask(ada, `!img plan resume ${plan.evenings}`), /goes on, next on .*22:30/u);

    const command = await ben.say(room.roomId, '!img a green tree --style watercolor,neon --n 4 --steps 12 --seed 300');
    const begun = await room.accepted(command);
    await room.until('a first picture', () => room.pictures(begun.id)[0]);
    await team.stop();
    const early = room.pictures(begun.id).length;
    assert.ok(early < 8, `${early} pictures`);
    wait('Wed', '07:20');
    await team.start();
    const done = await room.ended(command);
    assert.deepEqual([...done.pictures.keys()], ['A1', 'A2', 'A3', 'A4', 'B1', 'B2', 'B3', 'B4']);
    assert.equal(done.sheets.length, 1);
    const made = await room.runEnded(plan.weekdays, 2);
    assert.equal(made.pictures.size, 2);
    assert.match(String(made.ack.content['body']), /missed its run of .*07:00.* it is drawn now, once/u);
    assert.equal(room.runs(plan.evenings).length, 1, 'it was paused');
  });

  test('Wednesday: a picture is varied, enlarged, optimised, repeated to the pixel and asked for with other words', async () => {
    const { room, ada, ben, cleo } = team;
    wait('Wed', '10:00');
    const b3 = `${batch.id}/B3`;
    const varied = await room.draw(ben, `!img vary ${b3} --strength 0.4 --seed 1`);
    const [original, variation] = [await bytesOf(batch.pictures.get('B3')!), await bytesOf(varied.pictures.get('A1')!)];
    assert.notDeepEqual(variation, original);
    assert.match(await room.ask(ben, `!img info ${varied.id}`), new RegExp(`varied from ${b3}, strength 0\\.4`, 'u'));

    const enlarged = await room.draw(ada, `!img up ${b3} x4`);
    const large = enlarged.pictures.get('A1')!;
    assert.deepEqual([large.widthPx, large.heightPx], [1024, 1024]);
    assert.match(enlarged.ack.text, /^1 image 1024×1024 in .* · upscale .* · CPU/u);
    assert.match(await room.ask(ada, `!img up ${enlarged.id} x8`), /at most 36 megapixels are allowed: type !img up x4/u);

    const fixed = await room.draw(ben, `!img fix ${b3}`);
    assert.match(fixed.ack.text, /Contrast .* → .*sharpness .* → |good already/u);

    const replayed = await room.draw(ben, `!img replay ${b3}`);
    assert.match(replayed.ack.text, /Identical: the picture is the same/u);
    const again = await room.draw(ben, `!img replay ${varied.id}`);
    assert.match(again.ack.text, /Identical: the picture is the same/u);

    const edited = await room.draw(ben, '!img + at night', { replyTo: varied.pictures.get('A1')!.eventId });
    assert.match(await room.ask(ben, `!img info ${edited.id}`), new RegExp(`edited from ${varied.id}`, 'u'));
    assert.match(edited.pictures.get('A1')!.text, /a red fox, at night/u);

    const upload = { name: 'mine.png', mimeType: 'image/png', bytes: original };
    const uploaded = await room.ended(await cleo.sendFile(room.roomId, upload, '!bild ein blauer Fuchs --stärke 0,5 --startwert 3'));
    assert.equal(uploaded.pictures.size, 1);
    const reply = await cleo.sendFile(room.roomId, upload, '');
    const better = await room.draw(cleo, '!bild verbessern', { replyTo: reply });
    assert.match(better.pictures.get('A1')!.text, /KI-bearbeitet/u);
    const broken = await cleo.sendFile(room.roomId, { ...upload, bytes: original.subarray(0, 300) }, '!img fix');
    assert.match(await room.answer(broken), /\S/u);
    assert.equal(room.answersTo(broken).length, 1, 'one sentence');
  });

  test('Wednesday to Thursday: at night the room is quiet, and what was due then is drawn in the morning', async () => {
    const { room, ada, ben } = team;
    wait('Wed', '22:30');
    assert.equal((await room.runEnded(plan.evenings, 2)).pictures.size, 1);
    assert.match(await room.ask(ben, '!img quiet 23:00-08:00'), /Only admins/u);
    assert.match(await room.ask(ada, '!img quiet 23:00-08:00'), /23:00–08:00/u);
    wait('Thu', '07:00');
    wait('Thu', '07:30');
    assert.equal(room.runs(plan.weekdays).length, 2, 'not before eight');
    wait('Thu', '08:00');
    const run = await room.runEnded(plan.weekdays, 3);
    assert.equal(run.pictures.size, 2);
    assert.match(String(run.ack.content['body']), /waited for the end of this room's quiet hours/u);
    assert.match(await room.ask(ada, '!img quiet off'), /no quiet hours/u);
  });

  test('Thursday: what was drawn since yesterday, stars and the gallery', async () => {
    const { room, ada, ben, cleo, local } = team;
    wait('Thu', '09:00');
    const found = await room.ask(cleo, '!img find fox since:yesterday');
    assert.match(found, /a red fox, at night/u);
    assert.ok(!found.includes(`• ${batch.id} `), `Monday is too long ago: ${found}`);
    assert.ok((await room.ask(cleo, '!img find fox since:2026-10-19')).includes(`• ${batch.id} `));
    assert.match(await room.ask(cleo, '!img find submarine'), /no picture .*submarine/iu);

    assert.match(await room.ask(ada, '!img gallery'), /The gallery is empty/u);
    for (const person of [ben, cleo]) await person.react(room.roomId, batch.pictures.get('B3')!.eventId, '⭐');
    assert.match(await room.ask(ada, `!img collect ${batch.id}/D1`), new RegExp(`${batch.id}/D1 is in the gallery, with one star`, 'u'));
    const gallery = await room.ask(ada, '!img gallery');
    assert.ok(gallery.indexOf(`${batch.id}/D1`) < gallery.indexOf(`${batch.id}/B3`), 'the newest first, each once');

    const drawn = await local.finished(await local.say('!img a red fox --style comic --seed 4'));
    await local.answerTo(await local.say(`!img collect ${drawn.jobId}/A1`));
    const { entries } = (await (await local.get('/api/gallery')).json()) as Gallery;
    assert.deepEqual(
      entries.map(({ job, cell, prompt, seed, style }) => ({ job, cell, prompt, seed, style })),
      [{ job: drawn.jobId, cell: 'A1', prompt: 'a red fox', seed: 4, style: 'Comic' }],
      'of the local room alone',
    );
  });

  test('Thursday: a quota is used up, says when it frees up, and does', async () => {
    const { room, ada, cleo } = team;
    wait('Thu', '09:30');
    const [, used] = /You\D+(\d+) of 500/u.exec(await room.ask(cleo, '!img limits')) ?? [];
    assert.ok(Number(used) >= 2, `${used} since yesterday`);
    const limit = Number(used) + 2;
    assert.match(await room.ask(cleo, `!img admin limits maxPicturesPerPersonPerDay ${limit}`), /Only admins/u);
    assert.match(await room.ask(ada, `!img admin limits maxPicturesPerPersonPerDay ${limit}`), new RegExp(`is ${limit} from now on`, 'u'));
    assert.equal((await room.draw(cleo, '!img a red fox --n 2 --seed 1')).pictures.size, 2);
    const refused = await room.ask(cleo, '!img a red fox --seed 5');
    assert.match(
      refused,
      new RegExp(`You have used ${limit} of ${limit} pictures .* this needs 1 more: there is room again in about \\d+ min`, 'u'),
    );
    // What cleo drew yesterday at ten is a day old now.
    wait('Thu', '11:00');
    assert.equal((await room.draw(cleo, '!img a red fox --seed 5')).pictures.size, 1);
    await room.ask(ada, '!img admin limits maxPicturesPerPersonPerDay default');
  });

  test("Thursday: what can't be done is said in one sentence, and nothing is drawn", async () => {
    const { room, ada, ben, local } = team;
    const before = room.said(({ content }) => content['msgtype'] === 'm.image').length;
    const cases = [
      ['!img a fox --style wotercolor', /did you mean watercolor/u],
      ['!img style set fancy "colourful"', /\{prompt\}/u],
      ['!img style set fancy "{prompt} by {artist}"', /\{artist\}/u],
      ['!img style show phto', /did you mean photo/u],
      ['!img plan "0 0 30 2 *" a fox', /never comes/u],
      ['!img plan "* * * * *" a fox', /too often/u],
      ['!img plan "*/5 * * * * *" a fox', /five fields/u],
      ['!img plan remove 99', /no plan 99/u],
      ['!img timezone Europe/Berln', /Europe\/Berlin/u],
      ['!img find fox since:someday', /no date/u],
      ['!img admin limits maxCunt 3', /maxCount/u],
      [`!img up ${batch.id}/Z9`, /Z9/u],
      [`!img up ${batch.id}/B3 x3`, /x2, x4 or x8/u],
      ['!img replay zzz9', /zzz9/u],
    ] as const;
    for (const [text, says] of cases) {
      assert.match(await room.ask(ada, text), says, text);
      // The other room knows nothing of that job.
      if (!text.includes(batch.id)) assert.match((await local.answerTo(await local.say(text))).text, says, `${text} in the local room`);
    }
    const words = await ben.say(room.roomId, 'good morning');
    assert.match(await room.ask(ben, '!img up', { replyTo: words }), /without a picture/u);

    const files = [
      ['bomb.png', 'image/png', pngBomb, /megapixels/u],
      ['moving.gif', 'image/gif', movingGif, /animat|moves|moving/iu],
      ['torn.jpg', 'image/jpeg', Buffer.from('ffd8ffe000104a46494600', 'hex'), /\S/u],
      ['words.png', 'image/png', Buffer.from('no picture at all'), /\S/u],
    ] as const;
    for (const [name, mimeType, bytes, says] of files) {
      const sent = await ben.sendFile(room.roomId, { name, mimeType, bytes }, '!img vary --strength 0.5');
      assert.match(await room.answer(sent), says, name);
      assert.match(
        (await local.answerTo(await local.sendFile({ name, bytes }, '!img vary --strength 0.5'))).text,
        says,
        `${name} in the local room`,
      );
      assert.equal(room.answersTo(sent).length, 1, name);
    }
    assert.match(await room.ask(ben, '!img queue'), /The queue is empty/u);
    assert.equal(room.said(({ content }) => content['msgtype'] === 'm.image').length, before);
  });

  test('Thursday night: the bot is down for so long that a run is not made up, which it says', async () => {
    const { room } = team;
    wait('Thu', '22:00');
    await team.stop();
    wait('Fri', '06:10');
    await team.start();
    const missed = new RegExp(`^Plan ${plan.evenings} missed its run of .*22:30`, 'u');
    await room.until('it says so', () => room.said().find(({ text }) => missed.test(text)));
    wait('Fri', '07:00');
    assert.equal((await room.runEnded(plan.weekdays, 4)).pictures.size, 2);
    assert.equal(room.runs(plan.evenings).length, 2);
  });

  test('Friday: reactions do what commands do, for those who may', async () => {
    const { room, ada, ben, cleo } = team;
    wait('Fri', '09:00');
    const fox = await room.draw(ben, '!bild ein roter Fuchs --startwert 11');
    const picture = fox.pictures.get('A1')!.eventId;
    await room.until('what can be done with it', () => (room.reactionsTo(picture).join('') === '🔁⬆️⭐' ? true : undefined));
    await cleo.react(room.roomId, picture, '🔁');
    const again = await room.ended(picture);
    assert.notDeepEqual(await bytesOf(again.pictures.get('A1')!), await bytesOf(fox.pictures.get('A1')!));
    const other = again.pictures.get('A1')!.eventId;
    await cleo.react(room.roomId, other, '⬆️');
    const enlarged = await room.ended(other);
    assert.deepEqual([enlarged.pictures.get('A1')?.widthPx, enlarged.ack.text.includes('1024×1024')], [1024, true]);
    const large = enlarged.pictures.get('A1')!.eventId;
    await cleo.react(room.roomId, large, 'ℹ️');
    assert.match(await room.answer(large), /×4 vergrößert aus/u);

    const command = await ben.say(room.roomId, '!img a green tree --style watercolor,neon --n 5 --steps 12 --seed 400');
    const begun = await room.accepted(command);
    await cleo.react(room.roomId, begun.ack.eventId, '❌');
    assert.match(await room.answer(begun.ack.eventId), /belongs to somebody else|yours|another person|only/iu);
    await room.until('a first picture', () => room.pictures(begun.id)[0]);
    await room.until('a way to stop it', () => (room.reactionsTo(begun.ack.eventId).join('') === '❌' ? true : undefined));
    await ada.react(room.roomId, begun.ack.eventId, '❌');
    const stopped = await room.ended(command);
    assert.match(stopped.ack.text, /cancelled: \d+ of 10 pictures finished/u);
    const kept = stopped.pictures.size;
    assert.ok(kept >= 1 && kept < 10, `${kept} pictures`);

    const zip = await fileFor(await ben.say(room.roomId, `!img zip ${begun.id}`));
    assert.equal(zip.name, `${begun.id}.zip`);
    assert.equal(zip.bytes.toString('latin1').split(`${begun.id}-A1.png`).length - 1, 2, 'in its place and in the table');
    const sheet = await ben.say(room.roomId, `!img sheet ${begun.id}`);
    await room.until('a sheet of what there is', () => room.answersTo(sheet).find(({ content }) => content['msgtype'] === 'm.image'));
  });

  test('Friday: what is much is asked about, and the person who wants it says yes', async () => {
    const { room, ada, ben, cleo } = team;
    await room.ask(ada, '!img admin limits askAbove 2');
    const command = await ben.say(room.roomId, '!img a red fox --n 3 --seed 1');
    const question = await room.until('the question', () => room.answersTo(command)[0]);
    assert.match(question.text, /That makes 3 pictures.*Shall I\?/u);
    await cleo.react(room.roomId, question.eventId, '👍');
    await room.until('a refusal', () => room.answersTo(question.eventId).find(({ text }) => /for the person who gave/u.test(text)));
    await ben.react(room.roomId, question.eventId, '👍');
    const drawn = await room.ended(command, ({ eventId }) => eventId !== question.eventId);
    assert.equal(drawn.pictures.size, 3);
    await room.ask(ada, '!img admin limits askAbove default');
  });

  test('Friday night: what an admin has paused is not drawn, and ends when its hours are over', async () => {
    const { room, ada } = team;
    assert.match(await room.ask(ada, '!img admin pause'), /The queue is paused/u);
    wait('Fri', '22:30');
    await room.until('the run waits', () => room.runs(plan.evenings)[2]);
    wait('Sat', '06:00');
    const stopped = new RegExp(`^Plan ${plan.evenings} ended at 06:00 as planned: 0 of 1`, 'u');
    await room.until('it ends as planned', () => room.said().find(({ text }) => stopped.test(text)));
    assert.match((await room.runEnded(plan.evenings, 3)).ack.text, /cancelled before a picture was finished/u);
    assert.match(await room.ask(ada, '!img admin resume'), /goes on/u);
  });

  test('Sunday: the hour that comes twice, and the day after: every schedule runs exactly once', async () => {
    const { room, ada } = team;
    plan.night = await newPlan(ada, '"daily 02:30" a red fox');
    wait('Sat', '07:00');
    wait('Sat', '22:30');
    await room.runEnded(plan.evenings, 4);
    wait('Sun', '02:30', '+02:00');
    await room.runEnded(plan.night, 1);
    wait('Sun', '02:30', '+01:00');
    wait('Sun', '02:31', '+01:00');
    wait('Sun', '07:00', '+01:00');
    // Half past ten in the evening of summer time is half past nine now.
    wait('Sun', '21:30', '+01:00');
    await room.ask(ada, '!img plans');
    assert.equal(room.runs(plan.evenings).length, 4);
    wait('Sun', '22:30', '+01:00');
    await room.runEnded(plan.evenings, 5);
    const list = await room.ask(ada, '!img plans');
    assert.deepEqual(
      [plan.weekdays, plan.evenings, plan.night].map((id) => room.runs(id).length),
      [4, 5, 1],
      list,
    );
  });
});
