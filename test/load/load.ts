/** A team's busiest minute: many people in several rooms ask the bot for pictures, on a real homeserver. */
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Person, type RawEvent } from '../e2e/synapse/person.ts';
import { startSynapse, type Account, type Synapse } from '../e2e/synapse/server.ts';
import { judge, tally } from '../faults/oracle.ts';
import type { Counts } from '../faults/row.ts';
import { longestWaits, mostTurnsOfAnother } from './fairness.ts';
import { LoadedBot } from './loaded-bot.ts';

export type Load = {
  readonly rooms: number;
  readonly people: number;
  readonly commandsEach: number;
  /** All commands are sent within this time; a tenth of the people send all of theirs at once, at its beginning. */
  readonly withinMs: number;
  /** What the server allows the bot: lifted by an admin, its default (0.2 messages a second after 10), or so many a second after so many. */
  readonly limit: 'lifted' | 'default' | { readonly perSecond: number; readonly burst: number };
  /** For everything to be answered. */
  readonly patienceMs: number;
};

export type Measured = {
  readonly load: Load;
  readonly counts: Counts;
  /** How long the commands took to be sent. */
  readonly sentMs: number;
  /** From the last command to the last message about any. */
  readonly afterLastMs: number;
  /** Milliseconds from command to acknowledgement, by the server's clock, sorted; only of those that have one of their own. */
  readonly acknowledgedMs: readonly number[];
  /** Messages that acknowledge several commands at once. */
  readonly gathered: number;
  /** Events of the bot, of all kinds. */
  readonly botEvents: number;
  readonly refusedSends: number;
  /** Each person's longest wait for the first step of a picture, sorted. */
  readonly longestWaitsMs: readonly number[];
  readonly mostTurnsOfAnother: number;
  /** Resident memory after a fifth of the commands, at the end, and the most in between. */
  readonly memoryMb: { readonly early: number; readonly end: number; readonly peak: number };
  /** Processes of the whole machine that wanted a core while the commands were sent, on average over a minute. */
  readonly machineLoad: number;
  readonly complaints: readonly string[];
};

type Timed = RawEvent & { readonly origin_server_ts: number };
type Member = { readonly person: Person; readonly room: string };

/** One homeserver for several loads, each with a bot and people of its own. */
export const startLoadServer = async (): Promise<Synapse> => startSynapse({ rcMessageDefault: true, isInMemory: true });

let loads = 0;

/** Sets everything up, sends, waits for the last answer and reads the rooms. */
export async function runLoad(synapse: Synapse, load: Load): Promise<Measured> {
  const serial = (loads += 1);
  const account = await synapse.registerUser(`bot${serial}`);
  const host = new Person(synapse.url, await synapse.registerUser(`host${serial}`));
  await synapse.liftMessageLimit(host.userId);
  await limitMessages(synapse, account, load.limit, serial);
  await using bot = await LoadedBot.start(synapse, account, host.userId);
  const rooms = await openRooms(host, account, load.rooms);
  const members = await gather(synapse, host, rooms, load.people, serial);

  const memory = { early: 0 };
  const { commands, sentMs } = await sendAll(load, members, () => (memory.early = bot.residentMb));
  const [machineLoad = 0] = loadavg();
  await bot.idle(load.patienceMs);
  const end = bot.residentMb;
  const refusedSends = await bot.metric('blitzbild_messages_total{platform="matrix",result="rate_limited"}');
  const starts = await bot.stop();

  const histories = new Map<string, readonly Timed[]>();
  for (const room of rooms) histories.set(room, (await host.events(room)) as readonly Timed[]);
  const verdicts = rooms.flatMap((room) => judge(histories.get(room) ?? [], account.userId, commands.get(room) ?? []));
  const own = [...histories.values()].flat().filter(({ sender }) => sender === account.userId);
  const lastCommandMs = Math.max(
    ...[...histories.values()]
      .flat()
      .flatMap((event) => ([...commands.values()].flat().includes(event.event_id) ? [event.origin_server_ts] : [])),
  );
  return {
    load,
    counts: tally(verdicts, 1),
    sentMs,
    afterLastMs: Math.max(...own.map(({ origin_server_ts }) => origin_server_ts)) - lastCommandMs,
    acknowledgedMs: rooms
      .flatMap((room) => acknowledgements(histories.get(room) ?? [], account.userId, commands.get(room) ?? []))
      .toSorted((a, b) => a - b),
    gathered: own.filter(({ content }) => /^Accepted: \d+ commands/u.test(String(content['body']))).length,
    botEvents: own.filter(({ type }) => type !== 'm.room.member').length,
    refusedSends,
    longestWaitsMs: longestWaits(starts),
    mostTurnsOfAnother: mostTurnsOfAnother(starts),
    memoryMb: { early: memory.early, end, peak: bot.peakMb },
    machineLoad,
    complaints: bot.complaints,
  };
}

/** As an admin of the server does it. */
async function limitMessages(synapse: Synapse, { userId }: Account, limit: Load['limit'], serial: number): Promise<void> {
  if (limit === 'default') return;
  if (limit === 'lifted') return synapse.liftMessageLimit(userId);
  const { accessToken } = await synapse.registerUser(`operator${serial}`, { admin: true });
  const answer = await fetch(`${synapse.url}/_synapse/admin/v1/users/${encodeURIComponent(userId)}/override_ratelimit`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ messages_per_second: limit.perSecond, burst_count: limit.burst }),
  });
  if (!answer.ok) throw new Error(`The limit could not be set: ${answer.status} ${await answer.text()}`);
}

async function openRooms(host: Person, bot: Account, count: number): Promise<readonly string[]> {
  const rooms: string[] = [];
  for (let room = 0; room < count; room++) rooms.push(await host.createRoom({ invite: [bot.userId] }));
  for (const room of rooms) while (!(await host.members(room)).includes(bot.userId)) await delay(100);
  return rooms;
}

/** The same number of people in each room, who may write as fast as they like: it is the bot's limit that is looked at. */
async function gather(
  synapse: Synapse,
  host: Person,
  rooms: readonly string[],
  people: number,
  serial: number,
): Promise<readonly Member[]> {
  const members: Member[] = [];
  for (let index = 0; index < people; index++) {
    const room = rooms[index % rooms.length]!;
    const person = new Person(synapse.url, await synapse.registerUser(`person${serial}x${index}`));
    await host.invite(room, person.userId);
    await person.join(room);
    await synapse.liftMessageLimit(person.userId);
    members.push({ person, room });
  }
  return members;
}

/** Ids of the commands by room, and how long all of them took. */
async function sendAll(load: Load, members: readonly Member[], onFifth: () => void) {
  const total = load.people * load.commandsEach;
  const eager = Math.max(1, Math.round(load.people / 10));
  const commands = new Map<string, string[]>();
  const startedAt = performance.now();
  let sent = 0;
  const say = async ({ person, room }: Member, text: string, atMs: number): Promise<void> => {
    await delay(Math.max(0, startedAt + atMs - performance.now()));
    const id = await person.say(room, text);
    commands.set(room, [...(commands.get(room) ?? []), id]);
    if ((sent += 1) === Math.round(total / 5)) onFifth();
  };
  await Promise.all(
    members.flatMap((member, index) =>
      Array.from({ length: load.commandsEach }, async (_, turn) => {
        // Spread evenly, and those of one person far apart.
        const place = (turn * load.people + index) / total;
        await say(member, `!img a red fox --seed ${index * 100 + turn}`, index < eager ? 0 : place * load.withinMs);
      }),
    ),
  );
  return { commands, sentMs: performance.now() - startedAt };
}

/** How long each command waited for the bot's first word in its thread. */
function acknowledgements(events: readonly Timed[], botId: string, commands: readonly string[]): readonly number[] {
  const own = events.filter(({ sender, type }) => sender === botId && type === 'm.room.message');
  const said = new Map<string, number>();
  for (const { content, origin_server_ts: at } of own) {
    const relation = content['m.relates_to'];
    if (relation?.rel_type !== 'm.thread' || content['msgtype'] !== 'm.notice') continue;
    const known = said.get(relation.event_id);
    if (known === undefined || at < known) said.set(relation.event_id, at);
  }
  const askedAt = new Map(events.map((event) => [event.event_id, event.origin_server_ts]));
  return commands.flatMap((command) => {
    const [asked, answered] = [askedAt.get(command), said.get(command)];
    return asked === undefined || answered === undefined ? [] : [answered - asked];
  });
}
