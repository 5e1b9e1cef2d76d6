/** The way of a platform to its server: what is told, what is tried again, what is healthy. The platform is one that a test breaks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatPlatform } from '#core/ports.ts';
import { eventId } from '#core/types.ts';
import type { Store } from '#core/store-port.ts';
import type { Activity, Health } from '#src/chat/common/health.ts';
import { ServerConnection } from '#src/server-connection.ts';
import { RecordingInbox } from './contract/recording-inbox.ts';

class Refused extends Error {}

class BrokenPlatform implements ChatPlatform {
  readonly name = 'mattermost';
  readonly editIntervalMs = 0;
  /** One for each start; none: it works. */
  failures: Error[] = [];
  starts = 0;
  closed = 0;
  told: Activity = { failures: 0, sinceStepMs: undefined };
  isHealthy: Health = { ok: true };

  async start(): Promise<void> {
    this.starts += 1;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.told = { failures: 0, sinceStepMs: 10 };
  }

  health(): Health {
    return this.isHealthy;
  }

  activity(): Activity {
    return this.told;
  }

  send = async () => eventId('$');
  attachment = async () => undefined;
  isAdmin = async () => false;

  async close(): Promise<void> {
    this.closed += 1;
  }
}

function open(failures: readonly Error[] = []) {
  const platform = new BrokenPlatform();
  platform.failures = [...failures];
  const [said, logged]: [string[], string[]] = [[], []];
  const note =
    (level: string) =>
    (_fields: object, message: string): void =>
      void logged.push(`${level}: ${message}`);
  const inbox = new RecordingInbox();
  const connection = new ServerConnection(
    {
      platform,
      title: 'Chat',
      server: 'chat server',
      check: 'chat',
      needsOperator: (error) => error instanceof Refused,
    },
    {
      store: { inbox: () => inbox } as Partial<Store> as Store,
      assertRoom: () => {},
      images: undefined as never,
      log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
      say: (line) => void said.push(line),
      now: Date.now,
      operatorRetryMs: 10,
    },
  );
  return { platform, connection, said, logged };
}

const refused = (words: string): Refused => new Refused(words);

describe('the way to a server', { timeout: 20_000 }, () => {
  it('is joined at once, and says so', async () => {
    const { connection, said } = open();
    assert.deepEqual(connection.health(1000), { ok: false, reason: 'the chat server has not answered yet' });
    await connection.connect(['the local room']);
    assert.deepEqual(said, ['Chat: connected.']);
    assert.deepEqual(connection.health(1000), { ok: true });
  });

  it('is tried again where nobody answers, with the reason', async () => {
    const { connection, platform, said, logged } = open([new Error('nobody there.')]);
    const joining = connection.connect(['the local room']);
    while (connection.activity().failures === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(said, ['Chat: nobody there. Trying again in 5 s.']);
    assert.deepEqual(logged, ['warn: The chat server could not be joined']);
    assert.deepEqual(connection.health(1000), { ok: false, reason: 'nobody there' });
    await joining;
    assert.equal(platform.starts, 2);
    assert.equal(said.at(-1), 'Chat: connected.');
  });

  it('ends the start where it is refused and is the only one', async () => {
    const { connection, said } = open([refused('the token is not valid')]);
    await assert.rejects(connection.connect([]), /token is not valid/);
    assert.deepEqual(said, []);
  });

  it('beside others it is told once that it is refused, and once more where the reason is another one', async () => {
    const reasons = ['the token is not valid', 'the token is not valid', 'the port is taken', 'the port is taken'].map(refused);
    const { connection, said, logged } = open(reasons);
    await connection.connect(['the local room', 'Matrix']);
    const line = (reason: string): string => `Chat: ${reason}. Trying again in 0.01 s. The local room and Matrix work without it.`;
    assert.deepEqual(said, [line('the token is not valid'), line('the port is taken'), 'Chat: connected.']);
    assert.deepEqual(
      logged.map((entry) => entry.split(':')[0]),
      ['error', 'debug', 'error', 'debug'],
    );
    assert.equal(connection.activity().failures, 4);
  });

  it('is not healthy when its server has been silent for too long, nor when it says so itself', async () => {
    const { connection, platform } = open();
    await connection.connect([]);
    platform.told = { failures: 3, sinceStepMs: 125_000 };
    assert.deepEqual(connection.health(120_000), { ok: false, reason: 'the chat server has not answered for 125 s' });
    assert.deepEqual(connection.activity(), { failures: 3, sinceStepMs: 125_000 });
    platform.isHealthy = { ok: false, reason: 'the token is not valid any more' };
    assert.deepEqual(connection.health(120_000), platform.isHealthy);
  });

  it('is given up when the bot ends, in the middle of a pause', async () => {
    const { connection, platform } = open([new Error('nobody there')]);
    const joining = connection.connect([]);
    while (connection.activity().failures === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await connection.close();
    await joining;
    assert.deepEqual([platform.starts, platform.closed], [1, 1]);
  });
});
