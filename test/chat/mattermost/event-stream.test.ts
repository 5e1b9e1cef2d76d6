import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mock, test } from 'node:test';
import { WebSocketServer, type WebSocket as Socket } from 'ws';

import { EventStream, type EventStreamOptions } from '#src/chat/mattermost/event-stream.ts';

import { eventually } from '../matrix/fakes.ts';

const accessToken = 'canary-token-of-the-bot';

type Seen = { readonly socket: Socket; readonly url: string; readonly authorization: string | undefined };

/** A server that says what a test tells it to. */
async function listening(onSocket: (socket: Socket, count: number) => void) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const seen: Seen[] = [];
  server.on('connection', (socket, request) => {
    seen.push({ socket, url: request.url ?? '', authorization: request.headers.authorization });
    onSocket(socket, seen.length);
  });
  const told: string[] = [];
  const options: EventStreamOptions = {
    client: { accessToken, eventsUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4/websocket` },
    reconnectMs: 20,
    pingMs: 100,
    helloMs: 300,
    onConnected: () => told.push('connected'),
    onEvent: ({ name }) => told.push(name),
    onAlive: () => {},
    onLost: () => told.push('lost'),
    onDoubt: () => told.push('doubt'),
    onBroken: () => told.push('broken'),
  };
  const stream = new EventStream(options);
  const stop = async (): Promise<void> => {
    stream.stop();
    for (const { socket } of seen) socket.terminate();
    server.close();
    await once(server, 'close');
  };
  return { stream, seen, told, options, [Symbol.asyncDispose]: stop };
}

const hello = (id: string, seq = 0): string =>
  JSON.stringify({ event: 'hello', seq, data: { connection_id: id.repeat(26) }, broadcast: {} });
const event = (name: string, seq: number): string => JSON.stringify({ event: name, seq, data: {}, broadcast: {} });

/** Answers pings as a server does that knows the token, or does not. */
const answering = (socket: Socket, status = 'OK'): void => {
  socket.on('message', (data: Buffer) => {
    const { seq } = JSON.parse(data.toString()) as { seq: number };
    socket.send(JSON.stringify({ status, seq_reply: seq, ...(status === 'OK' ? {} : { error: { status_code: 401 } }) }));
  });
};

test('the token goes with the upgrade and nowhere else; the client’s own words go nowhere', async () => {
  const spoken: unknown[] = [];
  const spies = (['log', 'warn', 'error'] as const).map((name) =>
    mock.method(console, name, (...words: readonly unknown[]) => void spoken.push(...words)),
  );
  await using server = await listening((socket) => {
    answering(socket);
    socket.send(hello('a'));
    socket.send(event('posted', 1));
  });
  server.stream.start();
  await eventually(() => server.told.includes('posted'));
  server.seen[0]!.socket.close();
  await eventually(() => server.seen.length > 1);
  server.stream.stop();
  for (const spy of spies) spy.mock.restore();
  assert.deepEqual(spoken, []);
  assert.equal(server.seen[0]!.authorization, `Bearer ${accessToken}`);
  assert.ok(!server.seen.some(({ url }) => url.includes(accessToken)));
});

test('a connection that ended is made again, and asks for what comes next', async () => {
  await using server = await listening((socket, count) => {
    answering(socket);
    if (count === 1) {
      socket.send(hello('a'));
      socket.send(event('one', 1));
      setTimeout(() => socket.close(), 30);
    } else socket.send(event('two', 2));
  });
  server.stream.start();
  await eventually(() => server.told.includes('two'));
  assert.deepEqual(server.told, ['connected', 'one', 'lost', 'connected', 'two']);
  const query = new URL(server.seen[1]!.url, 'http://server').searchParams;
  assert.deepEqual([query.get('connection_id'), query.get('sequence_number')], ['a'.repeat(26), '2']);
});

test('a number that is left out means another connection', async () => {
  await using server = await listening((socket, count) => {
    answering(socket);
    socket.send(hello(count === 1 ? 'a' : 'b'));
    socket.send(event(count === 1 ? 'never seen' : 'after it', count === 1 ? 5 : 1));
  });
  server.stream.start();
  await eventually(() => server.told.includes('after it'));
  assert.deepEqual(server.told, ['connected', 'lost', 'connected', 'after it']);
});

test('a server that answers that it does not know the bot is doubted and left, though it would keep the connection', async () => {
  await using server = await listening((socket) => {
    answering(socket, 'FAIL');
    socket.send(hello('a'));
  });
  server.stream.start();
  await eventually(() => server.told.filter((what) => what === 'doubt').length > 1);
  assert.deepEqual(server.told.slice(0, 3), ['connected', 'doubt', 'lost']);
  assert.ok(server.seen.length > 1);
});

test('a server that says nothing is doubted and left', async () => {
  await using server = await listening(() => {});
  server.stream.start();
  await eventually(() => server.seen.length > 1);
  assert.deepEqual(server.told.slice(0, 2), ['doubt', 'lost']);
});

test('a server that shows the bot out without a word is doubted; one that can not be reached is not', async () => {
  await using server = await listening((socket) => setTimeout(() => socket.close(), 20));
  server.stream.start();
  await eventually(() => server.seen.length > 1);
  assert.deepEqual(server.told.slice(0, 2), ['doubt', 'lost']);
  const told: string[] = [];
  const stream = new EventStream({
    ...server.options,
    client: { accessToken, eventsUrl: 'ws://127.0.0.1:9/api/v4/websocket' },
    onDoubt: () => told.push('doubt'),
    onLost: () => told.push('lost'),
  });
  stream.start();
  await eventually(() => told.length > 1);
  stream.stop();
  assert.ok(!told.includes('doubt'));
});

test('one that fell silent is left, too', async () => {
  await using server = await listening((socket) => socket.send(hello('a')));
  server.stream.start();
  await eventually(() => server.seen.length > 1);
  assert.deepEqual(server.told.slice(0, 2), ['connected', 'lost']);
});

for (const frame of ['no JSON', '{"event":"hello","seq":0}', 'null', '']) {
  test(`a frame that can not be read (${frame || 'empty'}) breaks nothing, and is not asked for for ever`, async () => {
    await using server = await listening((socket, count) => {
      answering(socket);
      if (count < 3) socket.send(count === 1 ? hello('a') : frame);
      if (count === 1) setTimeout(() => socket.send(frame), 20);
      if (count === 3) {
        socket.send(hello('b'));
        socket.send(event('afterwards', 1));
      }
    });
    server.stream.start();
    await eventually(() => server.told.includes('afterwards'));
    assert.ok(server.told.includes('broken'));
    assert.ok(server.seen.at(-1)!.url.includes('connection_id=&'));
  });
}

test('a listener that throws ends nothing', async () => {
  await using server = await listening((socket) => {
    answering(socket);
    socket.send(hello('a'));
    socket.send(event('bad', 1));
  });
  let thrown = 0;
  const stream = new EventStream({
    ...server.options,
    onEvent: () => {
      thrown += 1;
      throw new Error('a mistake');
    },
  });
  stream.start();
  await eventually(() => thrown > 1);
  stream.stop();
  assert.ok(server.told.includes('broken'));
});

test('what was stopped while it connects does not come back; it can be started again', async () => {
  await using server = await listening((socket) => {
    answering(socket);
    socket.send(hello('a'));
  });
  server.stream.start();
  server.stream.stop();
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.deepEqual(server.told, []);
  server.stream.start();
  await eventually(() => server.told.includes('connected'));
});

test('pauses between attempts stay short, however long a server is away', async () => {
  await using server = await listening((socket) => socket.terminate());
  server.stream.start();
  const began = performance.now();
  // Left to itself, the client waits the longer the more often it failed.
  await eventually(() => server.seen.length >= 20);
  assert.ok(performance.now() - began < 20 * 20 * 3.5 + 3000);
});
