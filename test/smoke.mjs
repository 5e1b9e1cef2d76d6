// Starts Blitzbild as a newcomer does, asks for a picture through the room's own API, and stops it.
// Plain JavaScript: it runs before anything was installed, on the Node that the machine has.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_WITHIN_MS = 300_000;
const PICTURE_WITHIN_MS = 60_000;

const data = mkdtempSync(join(tmpdir(), 'blitzbild-smoke-'));
const app = spawn('npm', ['start', '--silent'], {
  env: { ...process.env, BLITZBILD_PORT: '0', BLITZBILD_DATA: data },
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});

async function readyUrl() {
  let output = '';
  for await (const chunk of app.stdout) {
    output += chunk;
    const url = /http:\/\/127\.0\.0\.1:\d+\S*/.exec(output)?.[0];
    if (url !== undefined) return url.replace(/\/$/, '');
  }
  throw new Error(`npm start ended without a ready line:\n${output}`);
}

async function withDeadline(promise, ms, what) {
  let timer;
  const deadline = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what} took more than ${ms / 1000} s`)), ms)));
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}

async function picture(url) {
  const asked = await fetch(`${url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ transactionId: 'smoke-1', name: 'Smoke', text: '!img a red fox --seed 42' }),
  });
  if (!asked.ok) throw new Error(`The room answered ${asked.status}: ${await asked.text()}`);
  for (;;) {
    const text = await (await fetch(`${url}/api/events?after=0`)).text();
    const key = /[0-9a-f]{64}\.png/.exec(text)?.[0];
    if (key !== undefined) {
      const image = await fetch(`${url}/api/images/${key}`);
      const bytes = new Uint8Array(await image.arrayBuffer());
      if (!image.ok || bytes[1] !== 0x50 || bytes.length < 1000)
        throw new Error(`The picture is not a PNG: ${image.status}, ${bytes.length} bytes`);
      return bytes.length;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

try {
  const startedAt = performance.now();
  const url = await withDeadline(readyUrl(), READY_WITHIN_MS, 'npm start');
  console.log(`ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  const askedAt = performance.now();
  const bytes = await withDeadline(picture(url), PICTURE_WITHIN_MS, 'the first picture');
  console.log(`first picture after ${((performance.now() - askedAt) / 1000).toFixed(1)} s, ${bytes} bytes`);
} finally {
  process.kill(-app.pid, 'SIGTERM');
  await new Promise((resolve) => (app.exitCode === null && app.signalCode === null ? app.on('exit', resolve) : resolve()));
  rmSync(data, { recursive: true, force: true });
}
console.log('stopped');
