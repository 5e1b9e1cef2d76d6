import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PlanNotice, PlanRun } from '#core/plan-run.ts';
import { renderPlan, renderPlanAdded, renderPlanNotice, renderPlans, renderRunHead } from '#core/render-plans.ts';
import { toPlainText } from '#core/rich-text.ts';
import type { Plan } from '#core/team-store-ports.ts';
import { eventId, roomId, userId } from '#core/types.ts';
import { mondayNoon, scheduleOf } from './plan-sample.ts';
import { english, german } from './sample.ts';

const { nowMs } = mondayNoon;
const next = ['2026-11-24', '2026-11-25', '2026-11-26'].map((day) => Date.parse(`${day}T07:00:00+01:00`));

const plan = (changes: Partial<Plan> = {}): Plan => ({
  id: 3,
  platform: 'room',
  roomId: roomId('!team'),
  eventId: eventId('$1'),
  createdBy: userId('@ada:example.org'),
  language: 'en',
  schedule: scheduleOf('Mon-Fri 07:00'),
  text: 'a sunrise --style photo --n 4',
  state: 'active',
  nextRunMs: next[0] ?? 0,
  runs: 0,
  createdAtMs: nowMs,
  ...changes,
});

describe('a schedule', () => {
  test('that was added is read back with its next runs', () => {
    assert.equal(
      toPlainText(renderPlanAdded({ plan: plan(), nowMs, next, ...english })),
      [
        'Plan 3: Monday to Friday at 07:00 (Europe/Berlin)',
        'a sunrise --style photo --n 4',
        'Next runs: Tue 24 Nov 07:00 · Wed 25 Nov 07:00 · Thu 26 Nov 07:00',
        'Hold it with !img plan pause 3, try it now with !img plan run 3, take it back with !img plan remove 3.',
      ].join('\n'),
    );
    assert.equal(
      toPlainText(renderPlanAdded({ plan: plan({ schedule: scheduleOf('morgen 8 Uhr') }), nowMs, next: next.slice(0, 1), ...german })),
      [
        'Plan 3: am 24. November 2026 um 08:00 Uhr (Europe/Berlin)',
        'a sunrise --style photo --n 4',
        'Läuft am Di 24.11. 07:00',
        'Anhalten mit !bild plan pause 3, sofort ausprobieren mit !bild plan starten 3, zurücknehmen mit !bild plan entfernen 3.',
      ].join('\n'),
    );
  });

  test('that has run says how often', () => {
    const shown = toPlainText(renderPlan({ plan: plan({ runs: 12, lastRunMs: nowMs - 5 * 3_600_000 }), nowMs, next, ...english }));
    assert.match(shown, /\n12 runs so far, the last on Mon 23 Nov 07:00\.$/u);
    assert.match(toPlainText(renderPlan({ plan: plan(), nowMs, next, ...german })), /\nNoch kein Lauf\.$/u);
    assert.match(
      toPlainText(renderPlan({ plan: plan({ runs: 1, lastRunMs: nowMs }), nowMs, next, ...german })),
      /\nBisher 1 Lauf, zuletzt Mo 23\.11\. 12:00\.$/u,
    );
  });

  test('that is paused or over says how to go on', () => {
    assert.match(
      toPlainText(renderPlan({ plan: plan({ state: 'paused' }), nowMs, next, ...english })),
      /Plan 3 is paused; !img plan resume 3 lets it go on\./u,
    );
    const { nextRunMs: _, ...over } = plan({ runs: 1, lastRunMs: nowMs });
    assert.match(toPlainText(renderPlan({ plan: over, nowMs, next: [], ...german })), /Plan 3 ist abgelaufen: !bild plan starten 3 /u);
  });
});

describe('the list', () => {
  test('says when, what and what comes next', () => {
    const { nextRunMs: _, ...over } = plan({ id: 6, schedule: scheduleOf('tomorrow 8:00'), runs: 1 });
    const plans = [plan(), plan({ id: 4, state: 'paused', runs: 1200 }), plan({ id: 5, nextRunMs: nowMs - 1 }), over];
    const [table, zone] = renderPlans({ plans, nowMs, ...english });
    assert.ok(table?.kind === 'table');
    assert.deepEqual(table.head, ['Plan', 'When', 'What', 'Next', 'Runs']);
    assert.deepEqual(
      table.rows.map((row) => [row[0], row[3], row[4]]),
      [
        ['3', 'Tue 24 Nov 07:00', '0'],
        ['4', 'paused', '1,200'],
        ['5', 'after the quiet hours', '0'],
        ['6', 'over', '1'],
      ],
    );
    assert.equal(zone && toPlainText([zone]), 'Times in Europe/Berlin.');
  });

  test('names the zone of each where they differ', () => {
    const text = toPlainText(
      renderPlans({ plans: [plan(), plan({ id: 4, schedule: scheduleOf('Mon-Fri 07:00 UTC') })], nowMs, ...german }),
    );
    assert.match(text, /Montag bis Freitag um 07:00 Uhr \(Europe\/Berlin\)/u);
    assert.match(text, /Montag bis Freitag um 07:00 Uhr \(UTC\)/u);
    assert.doesNotMatch(text, /Zeiten in/u);
  });

  test('of nothing shows how to begin', () =>
    assert.match(toPlainText(renderPlans({ plans: [], nowMs, ...german })), /!bild plan Mo-Fr 7 Uhr ein Sonnenaufgang/u));

  test('shortens a long command', () => {
    const [table] = renderPlans({ plans: [plan({ text: 'a fox '.repeat(300) })], nowMs, ...english });
    assert.ok(table?.kind === 'table' && (table.rows[0]?.[2]?.length ?? 0) <= 60);
  });
});

describe('a run', () => {
  const head = (run: Partial<PlanRun>, voice = english): string =>
    toPlainText(renderRunHead({ plan: plan(), run: { run: 12, reason: 'due', dueMs: nowMs, passed: 0, ...run }, ...voice }));

  test('begins with its plan, its words and its number', () => {
    assert.equal(head({}), 'Plan 3 · Monday to Friday at 07:00 · run 12');
    assert.equal(head({ reason: 'asked' }, german), 'Plan 3 · Montag bis Freitag um 07:00 Uhr · Lauf 12');
  });

  test('says why it is late', () => {
    assert.match(
      head({ reason: 'made_up' }),
      /run 12\nPlan 3 missed its run of Mon 23 Nov 12:00, because the bot was not running; it is drawn now, once\.$/u,
    );
    assert.match(head({ reason: 'made_up', passed: 4 }, german), /hat 5 Läufe, den letzten vom Mo 23\.11\. 12:00, verpasst/u);
    assert.match(head({ reason: 'after_quiet' }), /waited for the end of this room's quiet hours/u);
    assert.match(head({ passed: 8 }, german), /8 Läufe davor sind entfallen/u);
  });

  test('that is not drawn is explained', () => {
    const told = (kind: PlanNotice['kind'], count: number, voice = english): string =>
      toPlainText(renderPlanNotice({ plan: plan(), notice: { kind, count, dueMs: nowMs }, ...voice }));
    assert.equal(
      told('missed', 1),
      'Plan 3 missed its run of Mon 23 Nov 12:00, because the bot was not running; !img plan run 3 draws it now.',
    );
    assert.equal(
      told('skipped_quiet', 2, german),
      'Plan 3 hat 2 Läufe, den letzten vom Mo 23.11. 12:00, ausgelassen, wegen der Ruhezeit dieses Raums.',
    );
    assert.equal(told('still_waiting', 1), 'Plan 3 skipped its run of Mon 23 Nov 12:00, because the one before is not finished.');
  });
});
