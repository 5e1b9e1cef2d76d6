/** Who may read what the bot says in encrypted rooms, and what happens where keys or answers are missing. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FaultProxy } from '../../faults/proxy.ts';
import { EncryptedPerson, isRead, type PeerEvent } from '../synapse/encrypted-person.ts';
import type { RawEvent } from '../synapse/person.ts';
import { synapseSkipReason } from '../synapse/server.ts';
import type { TeamRoom } from '../synapse/team-room.ts';
import { EncryptedPlace } from './encrypted-place.ts';
import { patienceMs } from './program.ts';

describe(
  'who reads what in encrypted rooms',
  { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 3 * patienceMs },
  () => {
    let place: EncryptedPlace;
    let proxy: FaultProxy;
    let room: TeamRoom;

    before(async () => {
      place = await EncryptedPlace.open({
        address: async ({ url }) => {
          proxy = await FaultProxy.start(url);
          return proxy.url;
        },
      });
      room = await place.room({ rotation_period_msgs: 2 });
    });
    after(async () => {
      await place?.[Symbol.asyncDispose]();
      await proxy?.[Symbol.asyncDispose]();
    });

    /** The bot's answer to a question of Ada's, as the server has it. */
    async function rawAnswer(asking: TeamRoom = room): Promise<RawEvent> {
      const command = await place.ada.say(asking.roomId, '!img queue');
      await asking.answer(command);
      const answer = (await place.raw(asking.roomId)).findLast(
        (event) => event.content['m.relates_to']?.['m.in_reply_to']?.event_id === command,
      );
      assert.ok(answer !== undefined);
      return answer;
    }

    const readsIt = async (person: EncryptedPerson, event: RawEvent): Promise<PeerEvent> =>
      person.until(`${person.userId} reads ${event.event_id}`, () =>
        person.events(room.roomId).find((read) => isRead(read) && read.event_id === event.event_id),
      );

    const answerReadBy = async (person: EncryptedPerson, command: string): Promise<PeerEvent> =>
      person.until(`${person.userId} reads the answer to ${command}`, () =>
        person.events(room.roomId).find((event) => isRead(event) && event.content['m.relates_to']?.['m.in_reply_to']?.event_id === command),
      );

    test('the bot’s device is signed by its account, before and after a restart', async () => {
      const signed = [{ deviceId: place.bot.deviceId, isSigned: true }];
      assert.deepEqual(await place.ada.devices(place.bot.userId), signed);
      assert.equal((await place.program.stop()).exitCode, 0, place.program.stderr.slice(-2000));
      await place.startProgram();
      await rawAnswer();
      assert.deepEqual(await place.ada.devices(place.bot.userId), signed);
    });

    test('keys change as often as the room wants', async () => {
      const answers: RawEvent[] = [];
      for (let count = 0; count < 5; count++) answers.push(await rawAnswer());
      const perSession = Map.groupBy(answers, ({ content }) => String(content['session_id']));
      assert.ok(
        [...perSession.values()].every((all) => all.length <= 2) && perSession.size >= 3,
        `${perSession.size} sessions for 5 messages`,
      );
    });

    test('who comes later reads what is said from then on, and who leaves nothing that is said afterwards', async () => {
      const before = await rawAnswer();
      await using cleo = await EncryptedPerson.start(place.synapse.url, await place.synapse.registerUser('cleo'));
      await place.ada.plain.invite(room.roomId, cleo.userId);
      await cleo.plain.join(room.roomId);
      const during = await rawAnswer();
      assert.match((await readsIt(cleo, during)).content['body'], /\S/u);
      assert.equal((await cleo.decrypt(room.roomId, before)).content, undefined, 'what was said before');

      await cleo.plain.ask('POST', `client/v3/rooms/${encodeURIComponent(room.roomId)}/leave`, {});
      const after = await rawAnswer();
      await readsIt(place.ada, after);
      // The server shows it to her no more; were she given it by somebody, her keys would not open it.
      assert.equal((await cleo.decrypt(room.roomId, after)).content, undefined, 'what was said afterwards');
      assert.ok((await cleo.decrypt(room.roomId, during)).content !== undefined, 'what she could read she still can');
    });

    test('a new device of somebody reads the next answer, and may ask', async () => {
      await using second = await EncryptedPerson.start(place.synapse.url, await place.synapse.logIn(place.ada.account), {
        secrets: await place.ada.secrets(),
      });
      await readsIt(second, await rawAnswer());
      const command = await second.say(room.roomId, '!img help');
      assert.match(await room.answer(command), /!img/u);
      assert.match((await answerReadBy(second, command)).content['body'], /!img/u);
    });

    test('who gives keys to signed devices alone, and reads only those, talks with the bot', async () => {
      const account = await place.synapse.registerUser('strict');
      await using strict = await EncryptedPerson.start(place.synapse.url, account, { onlySigned: true });
      await place.ada.plain.invite(room.roomId, strict.userId);
      await strict.plain.join(room.roomId);
      const command = await strict.say(room.roomId, '!img help');
      const answer = await answerReadBy(strict, command);
      assert.match(answer.content['body'], /!img/u);
    });

    test('what the bot can’t decrypt is answered once in plain words that say why, encrypted, and the next message works', async () => {
      const account = await place.synapse.registerUser('dora');
      await using dora = await EncryptedPerson.start(place.synapse.url, account, { withholds: true });
      await place.ada.plain.invite(room.roomId, dora.userId);
      await dora.plain.join(room.roomId);
      const withheld = [await dora.say(room.roomId, '!img queue'), await dora.say(room.roomId, '!img help')];
      // A session that nobody has ever shared, twice: as of an app that did not know that the bot is here.
      const sample = (await place.eve.events(room.roomId)).find(({ event_id }) => event_id === withheld[0])?.content;
      const unknown: string[] = [];
      for (let count = 0; count < 2; count++) {
        unknown.push(await place.ben.plain.send(room.roomId, { ...sample, session_id: 'A'.repeat(43) }, 'm.room.encrypted'));
      }
      const answersTo = (commands: readonly string[]): readonly PeerEvent[] => commands.flatMap((command) => place.answers(room, command));
      const [because] = await room.until('the withheld key is spoken of', () =>
        answersTo(withheld).length > 0 ? answersTo(withheld) : undefined,
      );
      assert.match(because?.content['body'], /not verified/u);
      const [missing] = await room.until('the missing key is spoken of', () =>
        answersTo(unknown).length > 0 ? answersTo(unknown) : undefined,
      );
      assert.match(missing?.content['body'], /can't decrypt your message/u);
      await rawAnswer();
      assert.deepEqual([answersTo(withheld).length, answersTo(unknown).length], [1, 1]);
      await place.assertNothingInTheClear(room.roomId);
      await room.answer(await place.ben.say(room.roomId, '!img queue'));
    });

    test('while the server can’t say what a room is, nothing is sent; then the answer comes, encrypted', async () => {
      // Before the bot has learned anything of the room: its invitation is accepted while the state is out of reach.
      const page = { kind: 'answer', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' } as const;
      const outOfReach = /\/(state(\/m\.room\.(encryption|history_visibility))?\/?|(joined_)?members)$/u;
      const fault = proxy.inject({ method: 'GET', path: outOfReach }, page, { times: 10_000 });
      const broken = await place.room({});
      const command = await place.ada.say(broken.roomId, '!img queue');
      await fault.happened;
      // Somebody who talks in the clear there must not lure it out either.
      await place.ben.plain.say(broken.roomId, '!img help');
      await new Promise((resolve) => setTimeout(resolve, 3000));
      assert.deepEqual(await place.raw(broken.roomId), []);
      proxy.heal();
      await broken.answer(command);
      await place.assertNothingInTheClear(broken.roomId);
    });
  },
);
