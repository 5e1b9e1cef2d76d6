/** What a backup means for a bot on a homeserver, which remembers what the backup does not know. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { endSharedSynapse, FaultPlace, fox } from '../../faults/place.ts';
import { synapseSkipReason } from '../synapse/server.ts';
import { patienceMs } from './program.ts';

describe(
  'a backup of a bot on a homeserver',
  { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 3 * patienceMs },
  () => {
    after(endSharedSynapse);

    const run = async (place: FaultPlace, ...args: readonly string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await place.workplace.run(args);
      assert.equal(exitCode, 0, stderr);
      return stdout;
    };
    const verdict = (place: FaultPlace, command: string) => place.verdicts().find((each) => each.command === command);

    test('begins at the present: what was answered since is not answered again, what was not is not answered either', async () => {
      await using place = await FaultPlace.open();
      const backup = place.workplace.path('backup');
      const early = await place.say(fox(1));
      await place.answered();
      // Under way at the backup, and brought to its end by the bot that the backup knows nothing of.
      const underWay = await place.say('!img a red fox --steps 20 --n 4 --seed 2');
      await place.answered([await place.say('!img queue')]);
      await run(place, 'backup', backup);
      const since = [await place.say(fox(3)), await place.say('!img queue')];
      await place.answered();
      await place.program.stop();
      const lost = await place.say(fox(4));

      const said = await run(place, 'restore', backup, '--yes');
      assert.match(said, /In rooms of a server the bot begins at the present/);
      assert.match(said, /^1 job was open at that time: the rooms are told, unless they have the end already\.$/m);
      assert.match(said, /^The keys of encrypted rooms that were there are whole and newer, and were kept/m);
      await place.start();
      const later = await place.say(fox(5));
      await place.answered([later]);
      // What it still had to say has had its time.
      await delay(3000);
      for (const command of [early, underWay, ...since, later]) {
        const { isLost, isDoubled, ends } = verdict(place, command)!;
        assert.deepEqual({ isLost, isDoubled, ends: ends.length }, { isLost: false, isDoubled: false, ends: 1 }, ends.join(' | '));
      }
      assert.equal(verdict(place, underWay)?.pictures.size, 4, 'its end is the one from before');
      assert.doesNotMatch(verdict(place, underWay)?.ends.join(' ') ?? '', /backup/);
      assert.deepEqual(verdict(place, lost)?.ends, []);
    });

    test('where the bot came to no end after the backup, the room is told', async () => {
      await using place = await FaultPlace.open();
      const backup = place.workplace.path('backup');
      const open = await place.say('!img a red fox --steps 30 --n 8 --seed 2');
      await place.answered([await place.say('!img queue')]);
      await run(place, 'backup', backup);
      await place.program.kill();
      await run(place, 'restore', backup, '--yes');
      await place.start();
      await place.answered([open]);
      assert.equal(verdict(place, open)?.ends.length, 1);
      assert.match(
        verdict(place, open)?.ends[0] ?? '',
        /failed: the bot was restored from a backup in which the job had not ended yet\. !img again starts it once more\./,
      );
    });

    test('moved to another machine with --resume it goes on as if nothing had happened', async () => {
      await using place = await FaultPlace.open();
      const backup = place.workplace.path('backup');
      await place.say('!img a red fox --steps 12 --n 3 --seed 7');
      await place.answered([await place.say('!img queue')]);
      await place.program.stop();
      await run(place, 'backup', backup, '--pictures');
      await place.say(fox(8));
      const elsewhere = { BLITZBILD_DATA: place.workplace.path('elsewhere') };
      const { exitCode, stdout, stderr } = await place.workplace.run(['restore', backup, '--resume'], { environment: elsewhere });
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /goes on where the backup was made/);
      await place.start(elsewhere);
      await place.say('!img queue');
      await place.answered();
      await delay(2000);
      for (const { ends, isLost, isDoubled } of place.verdicts()) assert.ok(!isLost && !isDoubled, ends.join(' | '));
    });
  },
);
