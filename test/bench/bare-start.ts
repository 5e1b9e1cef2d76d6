import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { times, type Bench } from './bench.ts';
import { cleanEnvironment, readyUrl } from './running-bot.ts';
import { quantile } from './row.ts';

const STARTS = 5;
const TARGET_MS = 3000;
const root = join(import.meta.dirname, '../..');

export const bareStart: Bench = {
  name: 'start',
  title: '`npm start` for the second time',
  async run(options) {
    const data = await mkdtemp(join(tmpdir(), 'blitzbild-bench-'));
    try {
      await start(data);
      const starts: Started[] = [];
      for (let count = times(STARTS, options); count > 0; count--) starts.push(await start(data));
      return {
        rows: [
          {
            name: 'until the room is open, median',
            value: quantile(
              starts.map(({ openMs }) => openMs),
              0.5,
            ),
            unit: 'ms',
            target: TARGET_MS,
            note: `${starts.length} starts, npm included`,
          },
          {
            name: 'until the room is open, longest',
            value: Math.max(...starts.map(({ openMs }) => openMs)),
            unit: 'ms',
            target: TARGET_MS,
          },
          {
            name: 'until the engine is ready, median',
            value: quantile(
              starts.map(({ engineMs }) => engineMs),
              0.5,
            ),
            unit: 'ms',
            target: TARGET_MS,
            note: 'model loaded and tried; commands are taken before that',
          },
        ],
      };
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  },
};

type Started = { readonly openMs: number; readonly engineMs: number };

async function start(data: string): Promise<Started> {
  const startedMs = performance.now();
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...cleanEnvironment(), BLITZBILD_PORT: '0', BLITZBILD_DATA: data },
  });
  try {
    const url = await readyUrl(npm);
    const openMs = performance.now() - startedMs;
    while (!(await engineIsReady(url))) await new Promise((resolve) => setTimeout(resolve, 20));
    return { openMs, engineMs: performance.now() - startedMs };
  } finally {
    const gone = once(npm, 'exit');
    if (npm.exitCode === null && npm.pid !== undefined) {
      process.kill(-npm.pid, 'SIGTERM');
      await gone;
    }
  }
}

async function engineIsReady(url: string): Promise<boolean> {
  const { engine } = (await (await fetch(new URL('api/status', url))).json()) as { engine: { state: string } };
  if (engine.state === 'failed') throw new Error('the engine did not start');
  return engine.state === 'ready';
}
