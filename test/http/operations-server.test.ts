import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Log } from '#src/app/log-port.ts';
import { OperationsServer } from '#src/http/operations-server.ts';
import type { GaugeSources } from '#src/http/gauges.ts';
import { readiness } from '#src/http/readiness.ts';
import type { Check, Figures } from '#core/operations-port.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const fine: Check = { name: 'store', check: () => ({ ok: true }) };
const quiet: Figures = {
  jobs: { waiting: 3, running: 1, oldestAgeMs: 61_000 },
  picturesWaiting: 12,
  inbox: { unhandled: 2, oldestAgeMs: 1500 },
  outbox: [{ platform: 'matrix', pending: 5, oldestAgeMs: 9000 }],
  activePlans: 4,
};
const space = { picturesBytes: 5e6, picturesMaxBytes: 2e10, databaseBytes: 4096, diskFreeBytes: 7e9 };

type Changed = Partial<GaugeSources> & { readonly checks?: readonly Check[]; readonly log?: Log };

async function open(t: TestContext, { checks = [fine], log = silent, ...changed }: Changed = {}) {
  const server = new OperationsServer({ host: '127.0.0.1', port: 0, log });
  t.after(() => server.close());
  const port = await server.listen({
    figures: () => quiet,
    engine: () => ({ state: 'ready', restarts: 2 }),
    servers: [
      { platform: 'matrix', activity: () => ({ failures: 7, sinceStepMs: 2500 }) },
      { platform: 'mattermost', activity: () => ({ failures: 0, sinceStepMs: 90_000 }) },
    ],
    space: () => Promise.resolve(space),
    version: '1.2.3',
    checks,
    ...changed,
  });
  const url = `http://127.0.0.1:${port}`;
  return { url, meter: server.meter, metrics: async (): Promise<string> => (await fetch(`${url}/metrics`)).text() };
}

test('the process is healthy as long as it answers; what is not ready says why', async (t) => {
  const reason = 'no picture can be drawn (model_broken): blitzbild doctor says why';
  const { url } = await open(t, { checks: [fine, { name: 'engine', check: () => ({ ok: false, reason }) }] });
  assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { ok: true });
  const ready = await fetch(`${url}/readyz`);
  assert.equal(ready.status, 503);
  assert.deepEqual(await ready.json(), { ok: false, checks: { store: { ok: true }, engine: { ok: false, reason } } });
  assert.equal(ready.headers.get('cache-control'), 'no-store');
});

test('ready where every check is content; everything else is not found and nothing can be posted', async (t) => {
  const { url } = await open(t);
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  assert.equal((await fetch(url)).status, 404);
  assert.equal((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status, 404);
});

test('a check that throws or hangs is a failed one', { timeout: 20_000 }, async () => {
  const ask = readiness([
    { name: 'throws', check: () => Promise.reject(new Error('disk I/O error')) },
    { name: 'hangs', check: () => new Promise(() => {}) },
  ]);
  const { ok, checks } = await ask();
  assert.equal(ok, false);
  assert.deepEqual(checks['throws'], { ok: false, reason: 'disk I/O error' });
  assert.deepEqual(checks['hangs'], { ok: false, reason: 'no answer within 3 s' });
});

test('checks are not asked again for everybody who asks at once', async () => {
  let asked = 0;
  let nowMs = 0;
  const check = (): { ok: true } => {
    asked++;
    return { ok: true };
  };
  const ask = readiness([{ name: 'store', check }], () => nowMs);
  await Promise.all([ask(), ask(), ask()]);
  assert.equal(asked, 1);
  nowMs = 10_000;
  await ask();
  assert.equal(asked, 2);
});

test('what is looked up and what was counted stand in the metrics', async (t) => {
  const { meter, metrics } = await open(t, { checks: [fine, { name: 'engine', check: () => ({ ok: false, reason: 'broken' }) }] });
  meter.jobEnded('done', 'draw', { textMs: 1, denoiseMs: 2, decodeMs: 3, encodeMs: 4, waitedMs: 400, workMs: 10 });
  meter.jobEnded('failed', 'upscale', undefined);
  meter.pictureMade({ textMs: 20, denoiseMs: 900, decodeMs: 50, checkMs: 40, encodeMs: 30 });
  meter.pictureHeldBack('similarity');
  meter.promptRefused('minors');
  meter.sendTried('matrix', 'sent');
  meter.sendTried('matrix', 'rate_limited');
  meter.throttled('matrix', 4500);
  const lines = (await metrics()).split('\n');
  for (const line of [
    'blitzbild_queue_jobs{state="waiting"} 3',
    'blitzbild_picture_seconds_count{stage="check"} 1',
    'blitzbild_pictures_held_back_total{by="similarity"} 1',
    'blitzbild_prompts_refused_total{rule="minors"} 1',
    'blitzbild_queue_jobs{state="running"} 1',
    'blitzbild_queue_oldest_seconds 61',
    'blitzbild_queue_pictures 12',
    'blitzbild_inbox_events 2',
    'blitzbild_inbox_lag_seconds 1.5',
    'blitzbild_outbox_pending{platform="matrix"} 5',
    'blitzbild_outbox_oldest_seconds{platform="matrix"} 9',
    'blitzbild_plans_active 4',
    'blitzbild_engine_state{state="ready"} 1',
    'blitzbild_engine_state{state="failed"} 0',
    'blitzbild_engine_restarts_total 2',
    'blitzbild_sync_failures_total{platform="matrix"} 7',
    'blitzbild_sync_failures_total{platform="mattermost"} 0',
    'blitzbild_sync_age_seconds{platform="matrix"} 2.5',
    'blitzbild_sync_age_seconds{platform="mattermost"} 90',
    'blitzbild_disk_free_bytes 7000000000',
    'blitzbild_ready{check="store"} 1',
    'blitzbild_ready{check="engine"} 0',
    'blitzbild_jobs_total{outcome="done",kind="draw"} 1',
    'blitzbild_jobs_total{outcome="failed",kind="draw"} 0',
    'blitzbild_jobs_total{outcome="failed",kind="upscale"} 1',
    'blitzbild_job_wait_seconds_count 1',
    'blitzbild_picture_seconds_bucket{le="1",stage="denoise"} 1',
    'blitzbild_picture_seconds_bucket{le="0.3",stage="denoise"} 0',
    'blitzbild_messages_total{platform="matrix",result="rate_limited"} 1',
    'blitzbild_rate_limited_seconds_total{platform="matrix"} 4.5',
    `blitzbild_build_info{version="1.2.3",node="${process.version}"} 1`,
  ])
    assert.ok(lines.includes(line), `${line} in\n${lines.filter((each) => each.startsWith('blitzbild')).join('\n')}`);
  assert.ok(lines.some((line) => line.startsWith('process_resident_memory_bytes ')));
  const labels = new Set(lines.flatMap((line) => [...(/\{(.*)\}/.exec(line)?.[1] ?? '').matchAll(/(\w+)="/g)].map((match) => match[1])));
  const known = [
    'state',
    'platform',
    'outcome',
    'kind',
    'by',
    'rule',
    'result',
    'stage',
    'check',
    'le',
    'version',
    'node',
    'type',
    'space',
    'major',
    'minor',
  ];
  assert.deepEqual(
    [...labels].filter((label) => !known.includes(label ?? '') && !/^(patch|quantile)$/.test(label ?? '')),
    [],
  );
});

test('a counter that is looked up again does not grow by itself', async (t) => {
  const { metrics } = await open(t);
  await metrics();
  assert.match(await metrics(), /^blitzbild_engine_restarts_total 2$/mu);
});

test('a store that cannot be read any more leaves its numbers out, and the others stay', async (t) => {
  let isBroken = false;
  const warnings: string[] = [];
  const { metrics } = await open(t, {
    figures: () => {
      if (isBroken) throw new Error('database disk image is malformed');
      return quiet;
    },
    log: { ...silent, warn: (_fields, message) => void warnings.push(message) },
  });
  assert.match(await metrics(), /^blitzbild_queue_pictures 12$/mu);
  isBroken = true;
  const text = await metrics();
  assert.doesNotMatch(text, /^blitzbild_(queue_pictures|queue_jobs\{|outbox_pending\{|inbox_events)/mu);
  assert.match(text, /^blitzbild_engine_restarts_total 2$/mu);
  assert.deepEqual(warnings, ['Some numbers could not be looked up']);
});

test('a disk that cannot be asked any more leaves its numbers out', async (t) => {
  let isBroken = false;
  const { metrics } = await open(t, { space: () => (isBroken ? Promise.reject(new Error('EIO')) : Promise.resolve(space)) });
  assert.match(await metrics(), /^blitzbild_disk_free_bytes 7000000000$/mu);
  isBroken = true;
  assert.doesNotMatch(await metrics(), /^blitzbild_(disk_free|database|pictures|pictures_max)_bytes /mu);
  isBroken = false;
  assert.match(await metrics(), /^blitzbild_disk_free_bytes 7000000000$/mu);
});

test('a server that can not be asked leaves its own numbers out, and the other’s stay', async (t) => {
  let isBroken = false;
  const { metrics } = await open(t, {
    servers: [
      {
        platform: 'matrix',
        activity: () => {
          if (isBroken) throw new Error('broken');
          return { failures: 7, sinceStepMs: 2500 };
        },
      },
      { platform: 'mattermost', activity: () => ({ failures: 3, sinceStepMs: 500 }) },
    ],
  });
  assert.match(await metrics(), /^blitzbild_sync_age_seconds\{platform="matrix"\} 2\.5$/mu);
  isBroken = true;
  const text = await metrics();
  assert.doesNotMatch(text, /^blitzbild_sync_\w+\{platform="matrix"\}/mu);
  assert.match(text, /^blitzbild_sync_failures_total\{platform="mattermost"\} 3$/mu);
});

test('without a server there is nothing about one', async (t) => {
  const server = new OperationsServer({ host: '127.0.0.1', port: 0, log: silent });
  t.after(() => server.close());
  const sources = {
    figures: () => quiet,
    engine: () => ({ state: 'ready', restarts: 0 }) as const,
    servers: [],
    space: () => Promise.resolve(space),
  };
  const port = await server.listen({ ...sources, version: '1', checks: [] });
  assert.doesNotMatch(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), /blitzbild_sync/u);
});

test('a port that is taken is an error with its code', async (t) => {
  const { url } = await open(t);
  const second = new OperationsServer({ host: '127.0.0.1', port: Number(new URL(url).port), log: silent });
  t.after(() => second.close());
  const sources = {
    figures: () => quiet,
    engine: () => ({ state: 'ready', restarts: 0 }) as const,
    servers: [],
    space: () => Promise.resolve(space),
  };
  await assert.rejects(second.listen({ ...sources, version: '1', checks: [] }), { code: 'EADDRINUSE' });
});

test('how long pictures are signed yet is told where they are signed at all', async (t) => {
  let days = 12.5;
  const { metrics } = await open(t, { certificateDays: () => days });
  assert.match(await metrics(), /^blitzbild_signing_certificate_days 12\.5$/m);
  days = -3;
  assert.match(await metrics(), /^blitzbild_signing_certificate_days -3$/m);
  const unsigned = await open(t);
  assert.doesNotMatch(await unsigned.metrics(), /signing_certificate/);
});
