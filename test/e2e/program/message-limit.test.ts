/** A batch on a homeserver that takes ten messages at once and then one in five seconds, as Synapse does where nobody changed it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSynapse, synapseSkipReason, type Synapse } from '../synapse/server.ts';
import { patienceMs } from './program.ts';
import { Team } from './team.ts';
import { WeekClock } from './week-clock.ts';

const skip = (await synapseSkipReason()) ?? false;
let synapse: Synapse;
let team: Team;

before(async () => {
  if (skip !== false) return;
  synapse = await startSynapse({ rcMessageDefault: true });
  team = await Team.gather(synapse, new WeekClock(Date.now()));
});
after(async () => {
  await team?.[Symbol.asyncDispose]();
  await synapse?.stop();
});

test(
  'the sheet and the end of a batch come before its last pictures, and all of them come',
  { skip, timeout: 3 * patienceMs },
  async () => {
    const { room, ada } = team;
    const command = await ada.say(room.roomId, '!img a red fox --style photo,watercolor,comic,sketch --n 3 --steps 1 --seed 1');
    const ended = await room.ended(command);
    assert.ok(ended.pictures.size < 12, `${ended.pictures.size} pictures came before the end`);
    const end = room.botEvents.findLast(({ content }) => content['m.relates_to']?.rel_type === 'm.replace')?.event_id ?? '';

    const pictures = await room.until('all pictures', () => {
      const singles = room.pictures(ended.id).filter(({ part }) => part !== 'sheet');
      return singles.length === 12 ? singles : undefined;
    });
    assert.equal(new Set(pictures.map(({ part }) => part)).size, 12, 'each once');
    const [sheet, ...more] = room.pictures(ended.id).filter(({ part }) => part === 'sheet');
    assert.ok(sheet !== undefined && more.length === 0, 'one sheet');
    const last = room.orderOf(pictures.at(-1)?.eventId ?? '');
    assert.ok(room.orderOf(sheet.eventId) < last && room.orderOf(end) < last, 'the sheet and the end are not last');
    const added = room.botEvents.filter(({ type }) => type === 'm.reaction');
    assert.deepEqual(added, [], 'no message is spent on hints');
    assert.deepEqual(team.errors, []);
  },
);
