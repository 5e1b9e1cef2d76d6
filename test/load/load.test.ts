/** The load of `npm run load` in small: many at once, with the limit lifted and with one, and what its report says. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { patienceMs } from '../e2e/program/program.ts';
import { synapseSkipReason, type Synapse } from '../e2e/synapse/server.ts';
import { longestWaits, mostTurnsOfAnother, percentile, type Start } from './fairness.ts';
import { runLoad, startLoadServer, type Measured } from './load.ts';
import { blemish, broken, reportMarkdown, withReport } from './report.ts';

describe('many commands at once', { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 3 * patienceMs }, () => {
  let synapse: Synapse;
  before(async () => {
    synapse = await startLoadServer();
  });
  after(() => synapse?.stop());

  test('none is lost or doubled, each is acknowledged, nobody is passed over', async () => {
    const measured = await runLoad(synapse, { rooms: 3, people: 6, commandsEach: 5, withinMs: 3000, limit: 'lifted', patienceMs });
    // How fast is for `npm run load`: here other tests have the cores as well.
    assert.deepEqual(broken(measured, 30_000), []);
    assert.equal(measured.botEvents, 90);
    assert.equal(measured.refusedSends, 0);
  });

  test('where the server counts messages, fewer are sent, and each command ends once', async () => {
    const limit = { perSecond: 2, burst: 4 };
    const measured = await runLoad(synapse, { rooms: 2, people: 4, commandsEach: 2, withinMs: 500, limit, patienceMs });
    assert.deepEqual(broken(measured, 30_000), []);
    assert.ok(measured.refusedSends > 0, 'the server did count');
    assert.ok(measured.refusedSends <= measured.botEvents, `${measured.refusedSends} refused for ${measured.botEvents}`);
  });
});

/** Jobs that begin one a second, each asked for at the given second. */
const starts = (...jobs: readonly (readonly [person: string, queued: number])[]): readonly Start[] =>
  jobs.map(([person, queued], index) => ({ person, queuedMs: queued * 1000, startedMs: (index + 1) * 1000 }));

test('turns are counted per person who waits', () => {
  assert.equal(mostTurnsOfAnother(starts(['ada', 0], ['ben', 0], ['ada', 0], ['ben', 0])), 1);
  assert.equal(mostTurnsOfAnother(starts(['ada', 0], ['ada', 0], ['ada', 0], ['ben', 0])), 3);
  assert.equal(mostTurnsOfAnother(starts(['ada', 0], ['ada', 0], ['ada', 0], ['ben', 3])), 0, 'who asks later was not passed over');
  assert.equal(mostTurnsOfAnother([]), 0);
  assert.deepEqual(longestWaits(starts(['ada', 0], ['ben', 0], ['ada', 0])), [2000, 3000]);
  assert.deepEqual(
    [0.5, 0.95, 1].map((share) => percentile([1, 2, 3, 4], share)),
    [2, 4, 4],
  );
});

const fine: Measured = {
  load: { rooms: 1, people: 2, commandsEach: 5, withinMs: 1000, limit: 'lifted', patienceMs: 1 },
  counts: { runs: 1, commands: 10, lost: 0, doubled: 0, unknown: 0 },
  sentMs: 1000,
  afterLastMs: 2345,
  acknowledgedMs: [10, 20, 30, 40, 50, 60, 70, 80, 90, 900],
  gathered: 0,
  botEvents: 30,
  refusedSends: 0,
  longestWaitsMs: [100, 2500],
  mostTurnsOfAnother: 1,
  memoryMb: { early: 200, end: 210, peak: 230 },
  machineLoad: 1,
  complaints: [],
};

test('everything that is promised is looked at', () => {
  assert.deepEqual(broken(fine, 1000), []);
  const wrong: readonly (readonly [Partial<Measured>, RegExp])[] = [
    [{ counts: { ...fine.counts, commands: 9 } }, /^9 of 10 commands were sent$/u],
    [{ counts: { ...fine.counts, lost: 1 } }, /^1 lost, 0 doubled/u],
    [{ counts: { ...fine.counts, doubled: 2 } }, /2 doubled/u],
    [{ acknowledgedMs: fine.acknowledgedMs.slice(1) }, /^9 acknowledgements of 10$/u],
    [{ acknowledgedMs: [...fine.acknowledgedMs.slice(1), 1001] }, /p95 1001 ms, at most 1000/u],
    [{ load: { ...fine.load, limit: 'default' } }, /^no message was saved/u],
    [{ mostTurnsOfAnother: 3 }, /3 turns while another/u],
    [{ memoryMb: { early: 100, end: 151, peak: 160 } }, /^memory grew from 100 to 151 MB$/u],
  ];
  for (const [change, sentence] of wrong) {
    const found = broken({ ...fine, ...change }, 1000);
    assert.equal(found.length, 1, String(sentence));
    assert.match(found[0] ?? '', sentence);
  }
});

test('the report stands between its markers and replaces an earlier one', () => {
  const report = reportMarkdown([fine, { ...fine, load: { ...fine.load, limit: 'default' }, botEvents: 24 }], [['Cores', '2']], 1000);
  const page = withReport('# Page\n\n<!-- load -->\n\nold\n\n<!-- /load -->\n\nend\n', report);
  assert.match(page, /^# Page\n\n<!-- load -->\n\nCores: 2\n\n\| *\| load 1 \| load 2 \|\n/u);
  assert.match(page, /\| first word in the thread: median, p95, longest \| 0\.1 s, 0\.9 s, 0\.9 s \|/u);
  assert.match(page, /\| messages of the bot, saved \| 30, 0 \| 24, 6 \|/u);
  assert.match(page, /\| goal: every command has one end \| held \| held \|/u);
  assert.match(page, /\| goal: p95 of the first word at most 1\.0 s \| held \| not set \|/u);
  const late = reportMarkdown([{ ...fine, acknowledgedMs: [...fine.acknowledgedMs.slice(1), 1001] }], [], 1000);
  assert.match(late, /\| goal: p95 of the first word at most 1\.0 s \| \*\*missed\*\* \|/u);
  assert.match(page, /<!-- \/load -->\n\nend\n$/u);
  assert.equal(page.includes('old'), false);
  assert.throws(() => withReport('# Page', report), /has no <!-- load -->/u);
});

test('neither a missed goal nor a machine that was busy before replaces an earlier report by itself', () => {
  assert.equal(blemish(0, 0.9, 2), undefined);
  assert.equal(blemish(2, 0, 2), '2 goals were missed');
  assert.equal(blemish(0, 5.94, 2), 'the machine was busy before: 5.9 processes on 2 cores');
});
