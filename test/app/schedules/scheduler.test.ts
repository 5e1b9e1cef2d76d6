import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { iso, PlanWorld, utc } from './plan-world.ts';

const MINUTE = 60_000;

describe('weeks go by', () => {
  test('seven in the morning on workdays, before and after the change of the clock', () => {
    using world = new PlanWorld('2026-10-19T00:00');
    world.add('Mon-Fri 07:00');
    world.to('2026-11-01T12:00');
    const summer = ['19', '20', '21', '22', '23'].map((day) => `2026-10-${day}T05:00 due`);
    const winter = ['26', '27', '28', '29', '30'].map((day) => `2026-10-${day}T06:00 due`);
    assert.deepEqual(world.runs, [...summer, ...winter]);
    assert.deepEqual(
      world.ran.map(({ run }) => run),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    assert.deepEqual(world.told, []);
  });

  test('half past two in the night, in the weeks of both changes', () => {
    using spring = new PlanWorld('2026-03-27T00:00');
    spring.add('daily 2:30');
    spring.to('2026-03-30T12:00');
    assert.deepEqual(spring.runs, ['2026-03-27T01:30 due', '2026-03-28T01:30 due', '2026-03-29T01:00 due', '2026-03-30T00:30 due']);
    using autumn = new PlanWorld('2026-10-24T00:00');
    autumn.add('daily 2:30');
    autumn.to('2026-10-26T12:00');
    assert.deepEqual(autumn.runs, ['2026-10-24T00:30 due', '2026-10-25T00:30 due', '2026-10-26T01:30 due']);
  });

  test('several plans of several zones at their own times', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 9:00', 'Asia/Kolkata');
    world.add('daily 9:00', 'America/New_York');
    world.add('daily 9:00', 'Europe/Berlin');
    world.to('2026-11-24T00:00');
    assert.deepEqual(
      world.ran.map(({ atMs, plan }) => [iso(atMs), plan]),
      [
        ['2026-11-23T03:30', 1],
        ['2026-11-23T08:00', 3],
        ['2026-11-23T14:00', 2],
      ],
    );
  });

  test('sleeps a minute at most, and no shorter than it must', () => {
    using world = new PlanWorld('2026-11-23T00:00:00.123');
    world.add('daily 9:00');
    world.to('2026-11-24T00:00');
    assert.equal(world.longestSleepMs, MINUTE);
    assert.ok(world.looks <= 24 * 60 + 5, `${world.looks} looks`);
    // On the second, although the looks in between are not.
    assert.deepEqual(
      world.ran.map(({ atMs }) => atMs),
      [utc('2026-11-23T08:00')],
    );
  });

  test('one day only: once, then it is over, and a week later it is gone', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    const { id } = world.add('tomorrow 8:00');
    world.to('2026-11-30T06:00');
    assert.deepEqual(world.runs, ['2026-11-24T07:00 due']);
    assert.equal(world.plans.get(id)?.nextRunMs, undefined);
    world.to('2026-12-01T08:00');
    assert.equal(world.plans.get(id), undefined);
  });
});

describe('the process ends and begins again', () => {
  test('at any time, without losing or doubling a run', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('Mon-Fri 07:00');
    for (const time of ['2026-11-23T05:59:59.999', '2026-11-23T06:00', '2026-11-23T06:00:00.001', '2026-11-24T05:30', '2026-11-24T06:01']) {
      world.to(time);
      world.downUntil(world.nowMs);
    }
    world.to('2026-11-25T00:00');
    assert.deepEqual(world.runs, ['2026-11-23T06:00 due', '2026-11-24T06:00 due']);
  });

  test('a run that was missed by half an hour is made up, once', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 7:00');
    world.to('2026-11-23T05:50');
    world.downUntil('2026-11-23T06:30');
    world.to('2026-11-23T12:00');
    assert.deepEqual(world.runs, ['2026-11-23T06:30 made_up']);
    assert.deepEqual([iso(world.ran[0]?.dueMs ?? 0), world.ran[0]?.passed], ['2026-11-23T06:00', 0]);
    assert.deepEqual(world.told, []);
  });

  test('one that was missed by more is skipped, and the room is told', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 7:00');
    world.downUntil('2026-11-25T09:00');
    world.to('2026-11-26T12:00');
    assert.deepEqual(world.runs, ['2026-11-26T06:00 due']);
    assert.deepEqual(world.told, [{ atMs: utc('2026-11-25T09:00'), plan: 1, kind: 'missed', dueMs: utc('2026-11-25T06:00'), count: 3 }]);
  });

  test('several that were missed are made up by one', () => {
    using world = new PlanWorld('2026-11-23T00:30');
    world.add('every hour');
    world.downUntil('2026-11-23T10:20');
    world.to('2026-11-23T11:30');
    assert.deepEqual(world.runs, ['2026-11-23T10:20 made_up', '2026-11-23T11:00 due']);
    assert.equal(world.ran[0]?.passed, 9);
  });

  test('how late is too late is a setting', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.limits.planCatchUpMinutes = 1;
    world.add('daily 7:00');
    world.downUntil('2026-11-23T06:05');
    assert.deepEqual(
      world.told.map(({ kind, count }) => [kind, count]),
      [['missed', 1]],
    );
    world.limits.planCatchUpMinutes = 600;
    world.downUntil('2026-11-24T15:00');
    assert.deepEqual(world.runs, ['2026-11-24T15:00 made_up']);
  });

  test('a window that is still open is begun late, one that is over is not', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.add('daily 22:30 until 06:00');
    world.downUntil('2026-11-24T01:00');
    assert.deepEqual(world.runs, ['2026-11-24T01:00 made_up']);
    world.finishJobs();
    world.downUntil('2026-11-25T08:00');
    assert.deepEqual(world.runs, ['2026-11-24T01:00 made_up']);
    assert.deepEqual(
      world.told.map(({ kind, count }) => [kind, count]),
      [['missed', 1]],
    );
  });

  test('a crash in the middle of a run begins it again, and it is there once', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 7:00');
    world.onRun = () => {
      throw new Error('the process died here');
    };
    world.to('2026-11-23T06:00:30');
    assert.deepEqual(world.runs, []);
    assert.equal(world.plans.get(1)?.runs, 0);
    world.onRun = () => {};
    world.downUntil('2026-11-23T06:01');
    world.to('2026-11-23T12:00');
    assert.deepEqual(world.runs, ['2026-11-23T06:01 due']);
    assert.equal(world.plans.get(1)?.runs, 1);
  });

  test('other rules of summer time are followed at the next start', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    const { id } = world.add('daily 7:00');
    world.plans.update(id, { nextRunMs: utc('2026-11-23T07:00') });
    world.downUntil('2026-11-23T01:00');
    world.to('2026-11-23T12:00');
    assert.deepEqual(world.runs, ['2026-11-23T06:00 due']);
  });
});

describe('something goes wrong', () => {
  test('a plan that fails is tried again within a minute and keeps no other from running', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 7:00');
    world.add('daily 7:00');
    let failures = 0;
    world.onRun = ({ id }) => {
      if (id === 1 && failures < 3) {
        failures += 1;
        throw new Error('the disk is full');
      }
    };
    world.to('2026-11-23T12:00');
    assert.deepEqual(
      world.ran.map(({ atMs, plan, reason }) => [iso(atMs), plan, reason]),
      [
        ['2026-11-23T06:00', 2, 'due'],
        ['2026-11-23T06:03', 1, 'made_up'],
      ],
    );
    assert.equal(world.errors.length, 3);
    assert.ok(world.looks < 12 * 60 + 20, `${world.looks} looks: a failing plan must not be tried without a pause`);
  });

  test('a zone that this version does not know harms only its own plan', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    const { schedule, ...plan } = world.add('daily 7:00');
    world.plans.add({ ...plan, schedule: { ...schedule, timeZone: 'Mars/Olympus' }, nextRunMs: utc('2026-11-23T02:00') });
    world.choices = { quiet: { fromMinute: 0, toMinute: 60 } };
    world.downUntil('2026-11-23T01:30');
    world.to('2026-11-23T07:00');
    assert.deepEqual(world.runs, ['2026-11-23T06:00 due']);
  });

  test('the clock is set forward: what it jumped over is told or made up within a minute', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 7:00');
    world.to('2026-11-23T04:00');
    world.nowMs = utc('2026-11-23T06:20');
    world.to('2026-11-23T06:21');
    assert.deepEqual(world.runs, ['2026-11-23T06:20 made_up']);
  });

  test('the clock is set back: what has run does not run again, also after a restart', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 7:00');
    world.to('2026-11-23T06:10');
    world.nowMs = utc('2026-11-23T05:30');
    world.downUntil('2026-11-23T05:30');
    world.to('2026-11-24T05:00');
    assert.deepEqual(world.runs, ['2026-11-23T06:00 due']);
  });
});

describe('quiet hours', () => {
  const night = { timeZone: 'Europe/Berlin', quiet: { fromMinute: 22 * 60, toMinute: 6 * 60 } };

  test('hold a run until they end', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.choices = night;
    world.add('daily 23:00');
    world.to('2026-11-25T12:00');
    assert.deepEqual(world.runs, ['2026-11-24T05:00 after_quiet', '2026-11-25T05:00 after_quiet']);
    assert.equal(iso(world.ran[0]?.dueMs ?? 0), '2026-11-23T22:00');
    assert.deepEqual(world.told, []);
  });

  test('make one run of all that fell into them', () => {
    using world = new PlanWorld('2026-11-23T12:30');
    world.choices = night;
    world.add('every hour');
    world.to('2026-11-24T06:30');
    const day = ['13', '14', '15', '16', '17', '18', '19', '20'].map((hour) => `2026-11-23T${hour}:00 due`);
    assert.deepEqual(world.runs, [...day, '2026-11-24T05:00 due', '2026-11-24T06:00 due']);
    assert.equal(world.ran.at(-2)?.passed, 8);
  });

  test('skip a run whose own end they cover, and say so when they are over', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.choices = night;
    world.add('daily 22:30 until 05:00');
    world.to('2026-11-24T12:00');
    assert.deepEqual(world.runs, []);
    assert.deepEqual(
      world.told.map(({ atMs, kind, dueMs }) => [iso(atMs), kind, iso(dueMs)]),
      [['2026-11-24T05:00', 'skipped_quiet', '2026-11-23T21:30']],
    );
  });

  test('are in the zone of the room, not in that of the plan', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.choices = { ...night, timeZone: 'Asia/Kolkata' };
    world.add('daily 20:00', 'Europe/Berlin');
    world.to('2026-11-24T12:00');
    assert.deepEqual(world.runs, ['2026-11-24T00:30 after_quiet']);
  });

  test('that are lifted let the run go at once', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.choices = night;
    world.add('daily 23:00');
    world.to('2026-11-23T22:30');
    world.choices = {};
    world.scheduler.wake();
    assert.deepEqual(world.runs, ['2026-11-23T22:30 made_up']);
  });

  test('hold it across a restart, and the lateness counts from their end', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.choices = night;
    world.add('daily 23:00');
    world.to('2026-11-23T21:00');
    world.downUntil('2026-11-24T03:00');
    world.downUntil('2026-11-24T05:40');
    assert.deepEqual(world.runs, ['2026-11-24T05:40 after_quiet']);
    world.downUntil('2026-11-25T08:00');
    assert.deepEqual(
      world.told.map(({ atMs, kind }) => [iso(atMs), kind]),
      [['2026-11-25T08:00', 'missed']],
    );
  });
});

describe('a run that takes long', () => {
  test('lets the next one be skipped, which is said', () => {
    using world = new PlanWorld('2026-11-23T00:30');
    world.isQuick = false;
    world.add('every hour');
    world.to('2026-11-23T03:30');
    world.finishJobs();
    world.to('2026-11-23T04:30');
    assert.deepEqual(world.runs, ['2026-11-23T01:00 due', '2026-11-23T04:00 due']);
    assert.deepEqual(
      world.told.map(({ atMs, kind, count }) => [iso(atMs), kind, count]),
      [
        ['2026-11-23T02:00', 'still_waiting', 1],
        ['2026-11-23T03:00', 'still_waiting', 1],
      ],
    );
  });

  test('of another plan is no reason', () => {
    using world = new PlanWorld('2026-11-23T00:30');
    world.isQuick = false;
    world.add('daily 2:00', 'UTC');
    world.add('daily 3:00', 'UTC');
    world.to('2026-11-23T04:00');
    assert.equal(world.runs.length, 2);
  });

  test('ends when its time is up', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.isQuick = false;
    world.add('daily 22:30 until 06:00');
    world.to('2026-11-24T04:59:59');
    assert.deepEqual(world.stopped, []);
    world.to('2026-11-24T12:00');
    assert.deepEqual(world.stopped, [{ atMs: utc('2026-11-24T05:00'), job: 'j1' }]);
  });

  test('ends also where the bot was down at that time', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.isQuick = false;
    world.add('daily 22:30 until 06:00');
    world.to('2026-11-23T23:00');
    world.downUntil('2026-11-24T06:10');
    assert.deepEqual(
      world.stopped.map(({ atMs }) => iso(atMs)),
      ['2026-11-24T06:10'],
    );
  });

  test('whose time is up before it could begin is not made up', () => {
    using world = new PlanWorld('2026-11-23T12:00');
    world.add('daily 6:00 until 6:30');
    world.downUntil('2026-11-24T05:40');
    assert.deepEqual(world.runs, []);
    assert.deepEqual(
      world.told.map(({ kind }) => kind),
      ['missed'],
    );
  });
});

describe('people change a plan', () => {
  test('paused: nothing happens and nothing was missed', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    const plan = world.add('daily 7:00');
    const paused = world.scheduler.pause(plan);
    assert.ok(paused.ok);
    assert.deepEqual(world.scheduler.pause(paused.value), { ok: false, problem: { code: 'plan_paused_already', params: { plan: 1 } } });
    world.to('2026-11-25T12:00');
    const resumed = world.scheduler.resume(paused.value);
    assert.ok(resumed.ok && resumed.value.nextRunMs === utc('2026-11-26T06:00'));
    assert.deepEqual(world.scheduler.resume(resumed.value), { ok: false, problem: { code: 'plan_active_already', params: { plan: 1 } } });
    world.to('2026-11-26T12:00');
    assert.deepEqual(world.runs, ['2026-11-26T06:00 due']);
    assert.deepEqual(world.told, []);
  });

  test('paused until its only day was over: it can’t go on', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    const paused = world.scheduler.pause(world.add('tomorrow 7:00'));
    assert.ok(paused.ok);
    world.to('2026-11-25T00:00');
    assert.deepEqual(world.scheduler.resume(paused.value), { ok: false, problem: { code: 'plan_over', params: { plan: 1 } } });
  });

  test('run now: also when paused and in quiet hours, and its own times stay', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.choices = { quiet: { fromMinute: 0, toMinute: 6 * 60 } };
    const plan = world.add('daily 7:00');
    world.scheduler.pause(plan);
    assert.ok(world.scheduler.runNow(plan).ok);
    assert.deepEqual(world.runs, ['2026-11-23T00:00 asked']);
    assert.equal(world.plans.get(1)?.nextRunMs, utc('2026-11-23T06:00'));
    assert.equal(world.plans.get(1)?.runs, 1);
  });

  test('run now while a run is not finished is refused', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.isQuick = false;
    const plan = world.add('daily 7:00');
    assert.ok(world.scheduler.runNow(plan).ok);
    assert.deepEqual(world.scheduler.runNow(plan), { ok: false, problem: { code: 'plan_running_already', params: { plan: 1 } } });
  });

  test('removed: it runs no more, and its number is not given again', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    const plan = world.add('daily 7:00');
    world.scheduler.remove(plan);
    assert.deepEqual(world.scheduler.pause(plan), { ok: false, problem: { code: 'plan_unknown', params: { plan: 1 } } });
    assert.equal(world.add('daily 8:00').id, 2);
    world.to('2026-11-23T12:00');
    assert.deepEqual(
      world.ran.map(({ plan: id }) => id),
      [2],
    );
  });

  test('as many plans as a room may have; those that are over do not count, those of other rooms neither', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.limits.maxPlansPerRoom = 2;
    world.add('tomorrow 8:00');
    world.add('daily 8:00');
    assert.deepEqual(world.tryAdd('daily 9:00'), { ok: false, problem: { code: 'plans_full', params: { limit: 2 } } });
    assert.ok(world.tryAdd('daily 9:00', 'UTC', '!other').ok);
    world.to('2026-11-24T12:00');
    assert.ok(world.tryAdd('daily 9:00').ok);
  });

  test('a plan that never comes is refused', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    const plan = world.add('tomorrow 8:00');
    world.to('2026-11-26T00:00');
    const late = world.scheduler.add({ ...plan, schedule: plan.schedule });
    assert.deepEqual(late, { ok: false, problem: { code: 'plan_never', params: { text: 'tomorrow 8:00' } } });
  });
});

describe('the room', () => {
  test('that the bot has left gets nothing; the plan is paused', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 7:00');
    world.presence = 'left';
    world.to('2026-11-24T12:00');
    assert.deepEqual([world.runs, world.told, world.plans.get(1)?.state], [[], [], 'paused']);
  });

  test('whose platform is not running waits, and is told what it missed', () => {
    using world = new PlanWorld('2026-11-23T00:00');
    world.add('daily 7:00');
    world.presence = 'unknown';
    world.to('2026-11-24T12:00');
    assert.deepEqual([world.runs, world.told], [[], []]);
    world.presence = 'here';
    world.to('2026-11-24T12:01');
    assert.deepEqual(
      world.told.map(({ kind, count }) => [kind, count]),
      [['missed', 2]],
    );
  });
});
