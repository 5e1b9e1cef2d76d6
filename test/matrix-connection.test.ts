/** The way to the homeserver, where it does not come about at once. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Store } from '#core/store-port.ts';
import type { Config } from '#src/config.ts';
import { matrixConnection } from '#src/matrix-connection.ts';
import { eventually, ImagesInTest, LogInTest, MemoryInTest } from './chat/matrix/fakes.ts';
import { json, SmallHomeserver } from './chat/matrix/small-homeserver.ts';
import { RecordingInbox } from './contract/recording-inbox.ts';

class Log extends LogInTest {
  debug(facts: object, message: string): void {
    this.lines.push({ level: 'debug', facts, message });
  }
}

async function open(homeserver: SmallHomeserver) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'blitzbild-connection-'));
  const log = new Log();
  const said: string[] = [];
  const memory = new MemoryInTest();
  const inbox = new RecordingInbox();
  const store: Partial<Store> = { memory: () => memory, inbox: () => inbox };
  const matrix = {
    homeserverUrl: homeserver.url,
    accessToken: 'syt_canary',
    allowedInviters: [],
    seedsReactions: false,
    shareWith: 'all',
    storeKeyFile: undefined,
  } as const;
  const connection = matrixConnection({ dataFolder } as Config, matrix, {
    store: store as Store,
    assertRoom: () => {},
    images: new ImagesInTest(),
    log,
    say: (line) => void said.push(line),
    now: Date.now,
    operatorRetryMs: 50,
  });
  return {
    connection,
    log,
    said,
    // Before the homeserver ends, which waits for whoever is connected.
    async [Symbol.asyncDispose]() {
      await connection.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

test(
  'beside the local room a refused token is an error once, counts, and is tried again until it is taken',
  { timeout: 60_000 },
  async () => {
    await using homeserver = await SmallHomeserver.start();
    await using opened = await open(homeserver);
    const { connection, log, said } = opened;
    let isRefused = true;
    homeserver.rules.unshift(({ path }, response) => {
      if (!isRefused || !path.endsWith('/whoami')) return undefined;
      json(response, 401, { errcode: 'M_UNKNOWN_TOKEN', error: 'gone' });
      return true;
    });
    const connecting = connection.connect(['the local room']);
    await eventually(() => connection.activity().failures >= 3);
    const { sinceStepMs } = connection.activity();
    assert.ok(sinceStepMs >= 100, `silent for ${sinceStepMs} ms`);
    const health = connection.health(1000);
    assert.match(health.ok ? '' : health.reason, /token is not valid/);
    const errors = log.lines.filter(({ level }) => level === 'error');
    assert.equal(errors.length, 1, log.text());
    assert.match(JSON.stringify(errors), /token is not valid .* set the new token/);
    assert.equal(said.length, 1);

    isRefused = false;
    await connecting;
    assert.deepEqual(connection.health(60_000), { ok: true });
    assert.ok(connection.activity().sinceStepMs < 10_000);
    assert.equal(said.at(-1), 'Matrix: connected.');
  },
);

test('with nothing but Matrix a refused token ends the start', { timeout: 60_000 }, async () => {
  await using homeserver = await SmallHomeserver.start();
  await using opened = await open(homeserver);
  const { connection } = opened;
  homeserver.when('/whoami', (_, response) => json(response, 401, { errcode: 'M_UNKNOWN_TOKEN', error: 'gone' }));
  await assert.rejects(connection.connect([]), /token is not valid/);
});
