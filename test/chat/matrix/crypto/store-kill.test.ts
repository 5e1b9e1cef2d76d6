import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyServer } from './key-server.ts';

/** `BLITZBILD_TEST_KILLS=500` for a long run. */
const KILLS = Number(process.env['BLITZBILD_TEST_KILLS'] ?? 14);
const work = join(import.meta.dirname, 'store-kill-work.ts');

/** Kills are as random as their time; the seed only makes the waits between them the same again. */
const seed = Number(process.env['BLITZBILD_TEST_SEED'] ?? Date.now() % 1e9);
let state = seed;
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

/** What each child has told, from its first word on. */
const told = new WeakMap<ChildProcess, Map<string, any>>();

async function message(child: ChildProcess, name: string): Promise<any> {
  const heard = told.get(child)!;
  while (!heard.has(name)) {
    if (child.exitCode !== null) assert.fail(`ended with ${child.exitCode} before it told ${name}`);
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
  }
  return heard.get(name);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) assert.fail(`ended by itself with ${child.exitCode}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test(
  `${KILLS} times killed while keys move on: the same identity, no key twice, every message readable by both`,
  { timeout: KILLS * 10_000 + 60_000 },
  async (t) => {
    t.diagnostic(`seed ${seed}`);
    const folder = await mkdtemp(join(tmpdir(), 'crypto-kill-'));
    await using server = await KeyServer.start();
    const users = ['@ada:example.org', '@bot:example.org'] as const;
    const fileOf = (user: string): string => join(folder, `${user.slice(1, 4)}.sqlite`);
    const running = new Map<string, ChildProcess>();
    const start = (user: string, ...mode: string[]): ChildProcess => {
      const child = fork(work, [server.url, user, fileOf(user), ...mode], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      running.set(user, child);
      const heard = new Map<string, any>();
      told.set(child, heard);
      child.on('message', (said: object) => {
        for (const [name, value] of Object.entries(said)) heard.set(name, value);
      });
      return child;
    };
    t.after(async () => {
      for (const child of running.values()) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    });

    const identities = new Map<string, string>();
    for (const user of users) identities.set(user, await message(start(user), 'identity'));
    // The two have met. Two devices that both begin make two sessions and share some keys twice, and of those the machine
    // keeps what it meets last when it was away: that is its own affair, not the store's.
    const heard = (user: string): number => server.timeline.filter(({ sender }) => sender === user).length;
    while (users.some((user) => heard(user) < 5)) await delay(20);
    for (let kills = 0; kills < KILLS; kills++) {
      const user = users[kills % 2]!;
      await delay(random() * 400);
      await kill(running.get(user)!);
      let child = start(user);
      if (random() < 0.3) {
        // While it starts: nothing is ready, perhaps the store is being opened.
        await delay(150 + random() * 250);
        await kill(child);
        kills++;
        child = start(user);
      }
      assert.equal(await message(child, 'identity'), identities.get(user), `identity of ${user} after ${kills + 1} kills`);
    }
    await delay(500);
    for (const child of running.values()) await kill(child);

    for (const user of users) {
      const sqlite = new DatabaseSync(fileOf(user));
      assert.deepEqual({ ...sqlite.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
      sqlite.close();
    }
    // Both must have been told all keys before either reads.
    const readers = users.map((user) => start(user, 'read'));
    for (const [index, reader] of readers.entries()) {
      assert.equal(await message(reader, 'identity'), identities.get(users[index]!));
      await message(reader, 'synced');
    }
    for (const reader of readers) {
      reader.send(server.timeline);
      assert.deepEqual(await message(reader, 'unread'), []);
    }
    assert.deepEqual(server.conflicts, []);
    assert.ok(server.timeline.length > 10, `${server.timeline.length} messages`);
    t.diagnostic(`${server.timeline.length} messages`);
  },
);
