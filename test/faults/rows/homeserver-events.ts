import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const many = 8;
/** So long that it is far from its end when it is withdrawn. */
const long = (seed: number): string => `!img a red fox --steps 50 --n ${many} --seed ${seed}`;

const withdrawn: FaultRow = {
  number: 20,
  title: 'A command is deleted or edited while it is carried out',
  injected: 'by turns: deleted at a random moment after its acknowledgement (its job is cancelled), edited (what was first said is drawn)',
  runs: { bounded: 2, full: 12 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    const edited: string[] = [];
    const deleted: string[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const isDeleted = run % 2 === 0;
      const command = await place.say(isDeleted ? long(run) : fox(run * 10, 4));
      const isAccepted = (): true | undefined => ((place.verdicts().at(-1)?.acknowledgements ?? 0) > 0 ? true : undefined);
      await until('the acknowledgement', isAccepted);
      await delay(random() * 800);
      if (isDeleted) await place.ada.redact(place.roomId, command);
      else await place.ada.edit(place.roomId, command, `!img a blue whale --seed 1 --n ${1 + (run % 3)}`);
      (isDeleted ? deleted : edited).push(command);
      await place.answered();
    }
    const counts = await place.reckon(runs);
    if (runs > 1 && deleted.length === 0) throw new Error('No command was deleted.');
    for (const { command, pictures, ends } of place.verdicts()) {
      if (edited.includes(command) && pictures.size !== 4) throw new Error(`An edited command made ${pictures.size} pictures of 4.`);
      if (deleted.includes(command) && (pictures.size >= many || !/cancelled/u.test(ends.join(' '))))
        throw new Error(`A deleted command made ${pictures.size} pictures of ${many}: ${ends.join(' | ')}`);
    }
    return counts;
  },
};

const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

/** What nobody's client sends. Each is sent through Synapse, which takes some of them. */
const poison: readonly (readonly [type: string, content: unknown])[] = [
  ['m.room.message', { msgtype: 'm.text', body: null }],
  ['m.room.message', { msgtype: 'm.text', body: { toString: '!img fox' } }],
  ['m.room.message', { msgtype: 'm.text', body: ['!img', 'fox'] }],
  ['m.room.message', { msgtype: ['m.text'], body: '!img fox' }],
  ['m.room.message', { msgtype: 'm.text' }],
  ['m.room.message', {}],
  ['m.room.message', { msgtype: 'm.text', body: '!img \u0000\ud800 --n' }],
  ['m.room.message', { msgtype: 'm.text', body: 'x', 'm.relates_to': 'thread' }],
  ['m.room.message', { msgtype: 'm.text', body: 'x', 'm.relates_to': { rel_type: 7, event_id: {}, 'm.in_reply_to': [] } }],
  ['m.room.message', { msgtype: 'm.image', body: 7, url: { mxc: 1 }, info: null, file: 'x' }],
  ['m.room.message', { msgtype: 'm.file', body: 'x', filename: [], url: 'mxc://../../x', info: { size: 1e300, mimetype: {} } }],
  ['m.room.message', { msgtype: 'm.text', body: 'x', nested: deep(90) }],
  ['m.room.encrypted', { algorithm: 7, ciphertext: {} }],
  ['m.room.encrypted', { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: null, session_id: [], device_id: 1 }],
  ['m.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$nothing', key: { a: 1 } } }],
  ['m.reaction', { 'm.relates_to': null }],
];

/** What Synapse itself would not pass on; put into its answer on the way to the bot. */
const broken: readonly unknown[] = [
  null,
  7,
  'event',
  [],
  {},
  { event_id: 5, type: 'm.room.message', sender: '@x:y', content: { msgtype: 'm.text', body: '!img fox' } },
  { event_id: '$poison-1', type: 'm.room.message', sender: null, content: null },
  { event_id: '$poison-2', type: ['m.room.message'], sender: '@x:y', content: { msgtype: 'm.text', body: '!img fox' } },
  { event_id: '$poison-3', type: 'm.room.redaction', sender: '@x:y', content: { redacts: {} } },
  { event_id: '$poison-4', type: 'm.room.member', state_key: 7, sender: '@x:y', content: [] },
  { event_id: '$poison-5', type: 'm.room.tombstone', state_key: '', sender: '@x:y', content: { replacement_room: deep(50) } },
  { event_id: '$poison-6', type: 'm.room.message', sender: '@x:y', content: deep(5000) },
];

const poisoned: FaultRow = {
  number: 22,
  title: 'Events that are not what they should be',
  injected:
    'null bodies, wrong types, deep nesting: sent through Synapse where it takes them, else put into its answers; commands between them',
  runs: { bounded: 1, full: 2 },
  skip: synapseSkipReason,
  inject: async ({ runs }) => {
    await using place = await FaultPlace.open({ isProxied: true });
    for (let run = 1; run <= runs; run += 1) {
      const refused: unknown[] = [];
      for (const [index, [type, content]] of poison.entries()) {
        const id = `$refused-${run}-${index}`;
        const put = { event_id: id, type, sender: place.ada.userId, origin_server_ts: 1, content };
        const sent = await place.ada.send(place.roomId, content as Readonly<Record<string, unknown>>, type).catch(() => undefined);
        if (sent === undefined) refused.push(put);
        place.others.push(sent ?? id);
        if (index % 5 === 0) await place.say('!img fox --n 0');
      }
      if (refused.length === poison.length) throw new Error('Synapse took none of them.');
      const injected = place.proxy.inject(
        { path: '/v3/sync' },
        {
          kind: 'rewrite',
          rewrite: (answer) => {
            const timeline = answer.rooms?.join?.[place.roomId]?.timeline;
            timeline?.events.unshift(...broken, ...refused);
            return answer;
          },
        },
        { times: 5 },
      );
      await place.say(fox(run));
      await injected.happened;
      await place.answered();
      place.proxy.heal();
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [withdrawn, poisoned];
