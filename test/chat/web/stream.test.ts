import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { paragraph, toPlainText } from '#core/rich-text.ts';
import { jobId, type EventId } from '#core/types.ts';
import { localRoomId } from '#src/chat/web/local-room.ts';
import type { LiveEdit, RoomStatus, WireEvent } from '#src/chat/web/events.ts';

import { openRoom, type OpenedRoom } from './opened-room.ts';

type ServerEvent = { readonly event: string; readonly id?: string; readonly data: unknown };

/** Reads server-sent events as a browser does. */
class Listener implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #abort: AbortController;
  #rest = '';
  readonly #read: ServerEvent[] = [];

  private constructor(reader: ReadableStreamDefaultReader<string>, abort: AbortController) {
    this.#reader = reader;
    this.#abort = abort;
  }

  static async open(opened: OpenedRoom, path: string, headers: Record<string, string> = {}): Promise<Listener> {
    const abort = new AbortController();
    const response = await fetch(new URL(path, opened.room.url), { headers, signal: abort.signal });
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    return new Listener((response.body ?? assert.fail()).pipeThrough(new TextDecoderStream()).getReader(), abort);
  }

  /** The next event with this name; `undefined` when the stream ended. */
  async next(name: string): Promise<ServerEvent | undefined> {
    for (;;) {
      const index = this.#read.findIndex(({ event }) => event === name);
      if (index >= 0) return this.#read.splice(0, index + 1).at(-1);
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#rest += value;
      const blocks = this.#rest.split('\n\n');
      this.#rest = blocks.pop() ?? '';
      this.#read.push(...blocks.map(parseBlock));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reader.cancel().catch(() => {});
  }
}

function parseBlock(block: string): ServerEvent {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const));
  const id = fields.get('id');
  return { event: fields.get('event') ?? 'message', ...(id !== undefined && { id }), data: JSON.parse(fields.get('data') ?? 'null') };
}

const dataOf = (event: ServerEvent | undefined): unknown => (event ?? assert.fail('the stream ended')).data;

const textOf = (event: ServerEvent | undefined): unknown => {
  const { body } = dataOf(event) as WireEvent;
  return body.kind === 'message' ? body.text : body.kind;
};

async function answer(opened: OpenedRoom, transactionId: string, text: string): Promise<EventId> {
  return opened.room.send({ transactionId, roomId: localRoomId, content: { kind: 'text', text: [paragraph(text)] } });
}

function edit(opened: OpenedRoom, transactionId: string, target: EventId, text: string, type: 'progress' | 'done'): Promise<EventId> {
  const content = { kind: 'edit', target, text: [paragraph(text)] } as const;
  return opened.room.send({ transactionId, roomId: localRoomId, content, event: { type, jobId: jobId('k7f3'), progress: 0.5 } });
}

describe('the event stream', { timeout: 20_000 }, () => {
  it('brings what is there and what comes, in order', async () => {
    await using opened = await openRoom();
    await opened.say('one');
    await opened.say('two');
    await using listener = await Listener.open(opened, '/api/stream');
    assert.equal(textOf(await listener.next('room')), 'one');
    assert.equal(textOf(await listener.next('room')), 'two');
    await opened.say('three');
    const third = await listener.next('room');
    assert.equal(textOf(third), 'three');
    assert.equal(third?.id, '3');
  });

  it('goes on after the last event that a page saw', async () => {
    await using opened = await openRoom();
    for (const text of ['one', 'two', 'three']) await opened.say(text);
    await using byHeader = await Listener.open(opened, '/api/stream?after=0', { 'Last-Event-ID': '2' });
    assert.equal(textOf(await byHeader.next('room')), 'three');
    await using byAddress = await Listener.open(opened, '/api/stream?after=1');
    assert.equal(textOf(await byAddress.next('room')), 'two');
  });

  it('tells a page that knows more than the room to begin anew', async () => {
    await using opened = await openRoom();
    await opened.say('one');
    await using listener = await Listener.open(opened, '/api/stream?after=900');
    assert.ok(await listener.next('reset'));
    await opened.say('two');
    assert.equal(textOf(await listener.next('room')), 'two');
  });

  it('shows progress only while it lasts, and stores none of it', async () => {
    await using opened = await openRoom();
    const target = await answer(opened, 'ack', 'queued');
    const first = await edit(opened, 'p1', target, '25 %', 'progress');
    assert.equal(await edit(opened, 'p1', target, '25 %', 'progress'), first);
    await edit(opened, 'p2', target, '50 %', 'progress');
    await using late = await Listener.open(opened, '/api/stream');
    const live = dataOf(await late.next('live')) as LiveEdit;
    assert.equal(toPlainText(live.text), '50 %');
    assert.equal(live.target, target);
    assert.equal(live.event?.progress, 0.5);

    await edit(opened, 'done', target, 'done in 3 s', 'done');
    const done = dataOf(await late.next('room')) as WireEvent;
    assert.ok(done.body.kind === 'edit');
    assert.equal(toPlainText(done.body.text), 'done in 3 s');
    assert.deepEqual(
      (await opened.events()).map(({ body }) => body.kind),
      ['text', 'edit'],
    );
    await edit(opened, 'p3', target, '75 %', 'progress');
    await using later = await Listener.open(opened, '/api/stream?after=2');
    await answer(opened, 'after', 'next');
    const seen = await Promise.race([later.next('live'), later.next('room')]);
    assert.equal(seen?.event, 'room', 'a page that comes later sees no old progress, nor one that came too late');
  });

  it('says what the program does, when that changes', async () => {
    await using opened = await openRoom({ beatMs: 50 });
    await using listener = await Listener.open(opened, '/api/stream');
    assert.equal((dataOf(await listener.next('status')) as RoomStatus).queue.waiting, 0);
    opened.status = { ...opened.status, queue: { waiting: 3, running: 1 } };
    assert.equal((dataOf(await listener.next('status')) as RoomStatus).queue.waiting, 3);
  });

  it('is never silent for long', async () => {
    await using opened = await openRoom({ beatMs: 30 });
    await using listener = await Listener.open(opened, '/api/stream');
    assert.ok(await listener.next('beat'));
    assert.ok(await listener.next('beat'));
  });

  it('ends when the room closes', async () => {
    await using opened = await openRoom();
    await using listener = await Listener.open(opened, '/api/stream');
    await listener.next('status');
    const ended = listener.next('room').then(
      () => true,
      () => true,
    );
    await opened.room.close();
    assert.ok(await ended);
  });
});
