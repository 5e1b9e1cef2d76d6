/** Keys that come from a backup: what they still read, and how others read what is written with them. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { EncryptedPerson } from '../synapse/encrypted-person.ts';
import { startSynapse, synapseSkipReason } from '../synapse/server.ts';
import { TeamRoom } from '../synapse/team-room.ts';
import { patienceMs, until, Workplace, type Program } from './program.ts';

const timeout = 3 * patienceMs;

test(
  'a bot whose disk was lost reads and writes in encrypted rooms again',
  { skip: (await synapseSkipReason()) ?? false, timeout },
  async (t) => {
    const synapse = await startSynapse();
    t.after(async () => synapse.stop());
    const bot = await synapse.registerUser('bot');
    await using ada = await EncryptedPerson.start(synapse.url, await synapse.registerUser('ada'));
    await using place = await Workplace.open(
      { styles: { previews: false }, matrix: { allowedInviters: [ada.userId] } },
      { MATRIX_HOMESERVER_URL: synapse.url, MATRIX_ACCESS_TOKEN: bot.accessToken },
    );
    const start = async (): Promise<Program> => {
      const program = await place.start();
      await program.says(/Matrix: connected\./);
      return program;
    };
    const run = async (...args: readonly string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await place.run(args);
      assert.equal(exitCode, 0, stderr);
      return stdout;
    };
    let program = await start();
    const roomId = await ada.plain.createRoom({ invite: [bot.userId] });
    await ada.plain.setState(roomId, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' });
    await until('the bot joins', async () => ((await ada.plain.members(roomId)).includes(bot.userId) ? true : undefined));
    const room = new TeamRoom(roomId, bot.userId, ada.view(roomId));
    const fox = async (seed: number): Promise<void> =>
      void (await room.ended(await ada.say(roomId, `!img a red fox --steps 2 --seed ${seed}`)));

    await fox(1);
    assert.match(await run('backup', place.path('backup')), /holds the keys of encrypted rooms and what opens them/);
    // What the lost bot wrote since used up keys that the backup still has.
    for (const seed of [2, 3]) await fox(seed);
    await program.stop();
    await rm(place.path('data'), { recursive: true });

    assert.match(await run('restore', place.path('backup')), /The keys of encrypted rooms are those of the backup/);
    const keys = new DatabaseSync(place.path('data', 'matrix', 'crypto.sqlite'), { readOnly: true });
    const left = keys.prepare(`SELECT store FROM records WHERE store IN ('session', 'outbound_group_sessions')`).all();
    const read = keys.prepare(`SELECT store FROM records WHERE store LIKE 'inbound_group_sessions%'`).all();
    keys.close();
    assert.deepEqual(left, [], 'nothing is written on under a key that may have been used');
    assert.ok(read.length > 0, 'what people write is still read');

    program = await start();
    for (const seed of [4, 5]) await fox(seed);
    assert.ok(!/can't decrypt/.test(JSON.stringify(ada.events(roomId).map(({ content }) => content))), 'and nobody is told otherwise');
    await program.stop();
  },
);
