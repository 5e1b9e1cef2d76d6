/** What is done inside the network without an outside, one function for each way of using the program. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { quietFlags } from '#src/node-flags.mjs';
import { RoomClient } from '../e2e/program/room-client.ts';
import { until, Workplace, type Program } from '../e2e/program/program.ts';
import { Person } from '../e2e/synapse/person.ts';
import { startSynapse } from '../e2e/synapse/server.ts';
import { TeamRoom } from '../e2e/synapse/team-room.ts';
import type { Silence } from './attempts.ts';
import { Tracer } from './tracer.ts';

export type Extent = 'bounded' | 'full';
export type Outcome = Silence & {
  readonly processes: number;
  readonly did: readonly string[];
  /** What was left in a home folder that was empty before. */
  readonly left: readonly string[];
};

type Journey = (place: Workplace, did: Diary, extent: Extent) => Promise<void>;

/** What was done, told as it happens to whoever waits. */
class Diary extends Array<string> {
  override push(...what: string[]): number {
    process.stderr.write(`${what.join(', ')}\n`);
    return super.push(...what);
  }
}

/** Folders that a first start finds empty: nothing that was looked up, decided or downloaded earlier may help. */
const fresh = (home: string): Readonly<Record<string, string>> => ({
  HOME: home,
  XDG_CACHE_HOME: join(home, '.cache'),
  XDG_CONFIG_HOME: join(home, '.config'),
  XDG_DATA_HOME: join(home, '.local/share'),
  // No favour of the test's: the program has to see to it by itself.
  ORT_DISABLE_TELEMETRY: '',
});

async function traced(
  settings: object,
  environment: Readonly<Record<string, string>>,
  servers: readonly string[],
  extent: Extent,
  journey: Journey,
): Promise<Outcome> {
  await using tracer = await Tracer.open();
  const did = new Diary();
  {
    await using place = await Workplace.open(settings, { ...environment, ...fresh(tracer.home) }, tracer.through);
    await journey(place, did, extent);
  }
  const left = await readdir(tracer.home, { recursive: true });
  return { ...(await tracer.verdict({ servers })), did, left };
}

const sound = (outcome: { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }, what: string): void =>
  assert.equal(outcome.exitCode, 0, `${what}: ${outcome.stdout}\n${outcome.stderr}`);

/** `blitzbild generate`, and `verify` of what it made. */
export const commandLine = (extent: Extent): Promise<Outcome> =>
  traced({}, {}, [], extent, async (place, did) => {
    // So that its reader has a manifest to read.
    sound(await place.run(['keys', 'init']), 'keys init');
    sound(await place.run(['generate', 'a red apple', '--n', '2', '--out', place.path('pictures')]), 'generate');
    did.push('generate');
    const [picture = ''] = await readdir(place.path('pictures'));
    const verified = await place.run(['verify', place.path('pictures', picture)]);
    sound(verified, 'verify');
    assert.match(verified.stdout, /intact, signed with the key of this organisation/u);
    did.push('verify');
    if (extent === 'bounded') return;
    sound(await place.run(['generate', 'a blue bird', '--hq', '--out', place.path('hq')]), 'generate --hq');
    did.push('generate --hq');
    await writeFile(place.path('words.txt'), 'a red apple\n');
    await place.run(['verify', place.path('words.txt')]);
    sound(await place.run(['models', 'list']), 'models list');
    did.push('models list');
  });

/** The local room alone: no server is configured, so nothing at all may be reached. */
export const localRoom = (extent: Extent): Promise<Outcome> =>
  traced({}, {}, [], extent, async (place, did) => {
    const program = await place.start();
    const client = new RoomClient(program.url);
    await client.finished(await client.say('!img a red fox --n 2'));
    did.push('a batch');
    await client.answerTo(await client.say('!img privacy'));
    did.push('privacy');
    if (extent === 'full') {
      await client.get('/');
      await client.finished(await client.say('!img a blue bird --hq'));
      await client.answerTo(await client.say('!img check'));
      await client.answerTo(await client.say('!img verify'));
      did.push('a larger picture, check, verify, the page');
    }
    assert.equal((await program.stop()).exitCode, 0);
  });

/** A person of a real homeserver, from the bot's first start to its second one. */
export async function matrix(extent: Extent): Promise<Outcome> {
  await using synapse = await startSynapse({ isInMemory: true });
  const bot = await synapse.registerUser('bot');
  const ada = new Person(synapse.url, await synapse.registerUser('ada'));
  const settings = { matrix: { allowedInviters: [ada.userId] } };
  const environment = { MATRIX_HOMESERVER_URL: synapse.url, MATRIX_ACCESS_TOKEN: bot.accessToken };
  // The homeserver stays until it is over.
  return await traced(settings, environment, [new URL(synapse.url).host], extent, async (place, did) => {
    let program: Program = await place.start();
    await program.says(/Matrix: connected\./);
    did.push('first start');
    const roomId = await ada.createRoom();
    await ada.invite(roomId, bot.userId);
    await until('the bot joins', async () => ((await ada.members(roomId)).includes(bot.userId) ? true : undefined));
    await using room = new TeamRoom(roomId, bot.userId, ada);
    const { pictures } = await room.draw(ada, '!img a red fox');
    assert.equal(pictures.size, 1);
    did.push('a picture');
    if (extent === 'full') await everything(room, ada, did);
    await program.stop();
    sound(await place.run(['doctor']), 'doctor');
    did.push('doctor');
    program = await place.start();
    await program.says(/Matrix: connected\./);
    await room.ask(ada, '!img privacy');
    did.push('second start, privacy');
    assert.equal((await program.stop()).exitCode, 0);
  });
}

async function everything(room: TeamRoom, ada: Person, did: Diary): Promise<void> {
  const batch = await room.draw(ada, '!img a {red|blue} bird --n 4');
  assert.equal(batch.pictures.size, 4);
  await ada.say(room.roomId, `!img sheet ${batch.id}`);
  await room.until('the sheet', () => (room.pictures(batch.id).some(({ part }) => part === 'sheet') ? true : undefined));
  did.push('a batch with its sheet');
  await room.draw(ada, '!img a green frog --hq');
  const shown = batch.pictures.get('A1') ?? assert.fail('no A1');
  await room.draw(ada, '!img up', { replyTo: shown.eventId });
  await room.draw(ada, '!img fix', { replyTo: shown.eventId });
  did.push('a large picture, one enlarged, one optimised');
  for (const verb of ['check', 'verify', 'mydata', 'info']) {
    const asked = await ada.say(room.roomId, `!img ${verb}`, { replyTo: shown.eventId });
    await room.until(`an answer to ${verb}`, () => room.answersTo(asked)[0]);
  }
  did.push('check, verify, mydata, info');
  // The next minute but a few seconds, in the zone that the bot has from the same machine.
  const soon = new Date(Date.now() + 70_000);
  await room.ask(ada, `!img plan daily ${soon.toTimeString().slice(0, 5)} a red fox`);
  await room.ask(ada, '!img plans');
  const { pictures } = await room.runEnded(1, 1);
  assert.equal(pictures.size, 1);
  did.push('a schedule, and its first run');
  await room.ask(ada, '!img forget me');
  await ada.say(room.roomId, '!img yes');
  await room.until('the end of forgetting', () => room.said().find(({ text }) => text.startsWith('Done:')));
  did.push('forget me');
}

/** That a breach is seen: a program that reaches out on purpose. `what` names a case of control.ts. */
export async function control(what: string): Promise<Outcome> {
  await using tracer = await Tracer.open();
  const [file, ...words] = [...tracer.through, process.execPath, ...quietFlags, resolve(import.meta.dirname, 'control.ts'), what];
  const { PATH = '' } = process.env;
  const running = promisify(execFile)(file, words, { env: { PATH, HOME: tracer.home }, timeout: 120_000 });
  const ended = new AbortController();
  const seen = breachSeen(tracer, ended.signal).then(() => running.child.stdin?.end());
  const { stdout } = await running.finally(() => ended.abort());
  await seen;
  return { ...(await tracer.verdict({ servers: [] })), did: [stdout.trim()], left: await readdir(tracer.home, { recursive: true }) };
}

/** Resolves a moment after something was attempted, so that what belongs to it is seen as well, or when the program has ended. */
async function breachSeen(tracer: Tracer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await tracer.findings({ servers: [] })).length === 0) await delay(500);
  await delay(2000, undefined, { signal }).catch(() => {});
}
