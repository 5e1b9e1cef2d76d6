/** The alerts for Prometheus held against the metrics that there are, and against the page that explains them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { OperationsServer } from '#src/http/operations-server.ts';

type Rule = { readonly alert: string; readonly expr: string; readonly for?: string; readonly annotations: { readonly summary: string } };

const root = resolve(import.meta.dirname, '../..');
const rulesFile = parse(readFileSync(join(root, 'deploy/prometheus/blitzbild.rules.yml'), 'utf8')) as {
  groups: readonly { name: string; rules: readonly Rule[] }[];
};
const rules = rulesFile.groups.flatMap((group) => group.rules);
const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');

/** Everything that the program ever says, as lines of metrics. */
async function everyMetric(context: TestContext): Promise<string> {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const server = new OperationsServer({ host: '127.0.0.1', port: 0, log: silent });
  context.after(() => server.close());
  const port = await server.listen({
    figures: () => ({
      jobs: { waiting: 0, running: 0, oldestAgeMs: 0 },
      picturesWaiting: 0,
      inbox: { unhandled: 0, oldestAgeMs: 0 },
      outbox: [{ platform: 'matrix', pending: 0, oldestAgeMs: 0 }],
      activePlans: 0,
    }),
    engine: () => ({ state: 'ready', restarts: 0 }),
    servers: [{ platform: 'matrix', activity: () => ({ failures: 0, sinceStepMs: 1 }) }],
    space: () => Promise.resolve({ picturesBytes: 1, picturesMaxBytes: 1, databaseBytes: 1, diskFreeBytes: 1 }),
    certificateDays: () => 1,
    version: '1',
    checks: [{ name: 'homeserver', check: () => ({ ok: false, reason: 'away' }) }],
  });
  const { meter } = server;
  meter.jobEnded('failed', 'draw', undefined);
  meter.pictureMade({ textMs: 1, denoiseMs: 1, decodeMs: 1, encodeMs: 1 });
  meter.sendTried('matrix', 'unauthorised');
  meter.throttled('matrix', 1);
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

test('every alert asks for metrics and labels that there are', async (context) => {
  const metrics = await everyMetric(context);
  assert.ok(rules.length >= 10);
  for (const { alert, expr } of rules) {
    const named = [...expr.matchAll(/blitzbild_\w+(\{[^}]*\})?/gu)].filter(([text]) => !text.startsWith('blitzbild"'));
    assert.ok(named.length > 0 || expr.startsWith('up{'), alert);
    for (const [text] of named) {
      const [, name = '', labels] = /^(\w+)(?:\{(.*)\})?$/u.exec(text) ?? [];
      const lines = metrics.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      assert.ok(lines.length > 0, `${alert}: there is no ${name}`);
      if (labels !== undefined)
        assert.ok(
          lines.some((line) => line.includes(labels)),
          `${alert}: no ${name} has ${labels}`,
        );
    }
  }
});

test('every alert is explained on the page, and the page names no other', () => {
  const explained = [...page.matchAll(/^\| `(Blitzbild\w+)`/gmu)].map((match) => match[1]);
  assert.deepEqual(new Set(explained), new Set(rules.map(({ alert }) => alert)));
  for (const { annotations, for: during } of rules) {
    assert.ok(annotations.summary.length > 10);
    if (during !== undefined) assert.match(during, /^\d+m$/u);
  }
});

test('every metric of the program stands on the page, and every one on the page exists', async (context) => {
  const metrics = await everyMetric(context);
  const there = new Set([...metrics.matchAll(/^# TYPE (blitzbild_\w+) /gmu)].map((match) => match[1] ?? ''));
  const table = page.slice(page.indexOf('## Metrics'), page.indexOf('### Alerts'));
  const documented = new Set([...table.matchAll(/blitzbild_\w+/gu)].map(([name]) => name));
  assert.deepEqual(
    [...there].filter((name) => !documented.has(name)),
    [],
  );
  assert.deepEqual(
    [...documented].filter((name) => !there.has(name)),
    [],
  );
});
