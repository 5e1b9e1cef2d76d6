import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, it } from 'node:test';

import { DeliveryError } from '#core/errors.ts';
import type { Delivery, JobEventSummary } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, jobId, roomId, userId, type StoredImage } from '#core/types.ts';
import { TerminalRoom, terminalRoomId, type JsonLine } from '#src/chat/terminal/terminal-room.ts';
import { FileImageStore } from '#src/store/images-files.ts';

import { RecordingInbox } from '../../contract/recording-inbox.ts';

type Opened = AsyncDisposable & {
  readonly room: TerminalRoom;
  readonly inbox: RecordingInbox;
  readonly input: PassThrough;
  readonly images: FileImageStore;
  readonly outDir: string;
  readonly shown: () => string;
  readonly send: (content: Delivery['content'], event?: JobEventSummary) => Promise<string>;
};

async function openTerminal(
  options: { readonly json?: boolean; readonly terminal?: boolean; readonly admin?: boolean } = {},
): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-terminal-'));
  const images = await FileImageStore.open({ folder: join(folder, 'store'), maxBytes: 1e6 });
  const input = new PassThrough();
  let text = '';
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY: options.terminal ?? false, columns: 40 },
  );
  const outDir = join(folder, 'pictures');
  const inbox = new RecordingInbox();
  const room = new TerminalRoom({
    input,
    output,
    json: options.json ?? false,
    user: 'ada',
    admin: options.admin ?? false,
    outDir,
    images,
    now: () => 1000,
  });
  await room.start(inbox);
  let deliveries = 0;
  return {
    room,
    inbox,
    input,
    images,
    outDir,
    shown: () => text,
    send: (content, event) =>
      room.send({ transactionId: `t${(deliveries += 1)}`, roomId: terminalRoomId, content, ...(event !== undefined && { event }) }),
    async [Symbol.asyncDispose]() {
      await room.close();
      await rm(folder, { recursive: true });
    },
  };
}

const k7f3 = jobId('k7f3');
const text = (words: string): Delivery['content'] => ({ kind: 'text', text: [paragraph(words)] });
const edit = (words: string): Delivery['content'] => ({ kind: 'edit', target: eventId('$1'), text: [paragraph(words)] });

async function storedImage(images: FileImageStore, bytes: Uint8Array): Promise<StoredImage> {
  const key = await images.put(bytes, 'png');
  const thumbnail = { key, widthPx: 8, heightPx: 4, bytes: bytes.length, mimeType: 'image/jpeg' } as const;
  const timings = { textMs: 1, denoiseMs: 2, decodeMs: 3, encodeMs: 4 };
  return { key, index: 0, seed: 7, widthPx: 16, heightPx: 8, bytes: bytes.length, mimeType: 'image/png', thumbnail, blurhash: '', timings };
}

const imageContent = (image: StoredImage, fileName = 'k7f3-A1.png'): Delivery['content'] => ({
  kind: 'image',
  image,
  fileName,
  caption: [paragraph('a fox')],
  altText: 'a fox',
});

describe('the room in the terminal', () => {
  it('hears every line that says something, until the input ends', async () => {
    await using opened = await openTerminal({ admin: true });
    opened.input.end('a red fox\n\n   \n!img help\nlast line without an end');
    await opened.room.ended;
    assert.deepEqual(
      opened.inbox.events.map((event) => event.kind === 'message' && event.text),
      ['a red fox', '!img help', 'last line without an end'],
    );
    const [message] = opened.inbox.events;
    assert.ok(message?.kind === 'message');
    const { eventId: id, ...facts } = message;
    assert.match(id, /^\$line-/);
    assert.deepEqual(facts, {
      kind: 'message',
      platform: 'terminal',
      roomId: terminalRoomId,
      sender: '@ada:terminal',
      text: 'a red fox',
      isAdmin: true,
      isDirect: true,
      receivedAtMs: 1000,
    });
    assert.equal(new Set(opened.inbox.events.map((event) => event.eventId)).size, 3);
  });

  it('goes on when a message can not be stored, and says so', async () => {
    await using opened = await openTerminal({ json: true });
    opened.inbox.failNext();
    opened.input.end('first\nsecond\n');
    await opened.room.ended;
    assert.deepEqual(
      opened.inbox.events.map((event) => event.kind === 'message' && event.text),
      ['second'],
    );
    const line = JSON.parse(opened.shown()) as JsonLine;
    assert.equal(line.type, 'error');
    assert.equal(line.code, 'internal');
  });

  it('is one JSON object a line for programs', async () => {
    await using opened = await openTerminal({ json: true });
    const image = await storedImage(opened.images, new Uint8Array([1, 2, 3]));
    await opened.send(text('queued'), { type: 'ack', jobId: k7f3, progress: 0 });
    await opened.send(edit('50 %'), { type: 'progress', jobId: k7f3 });
    await opened.send(imageContent(image), { type: 'image', jobId: k7f3, timings: image.timings });
    await opened.send({ kind: 'reaction', target: eventId('$1'), emoji: '👍' });
    await opened.send(edit('done'), { type: 'done', jobId: k7f3, timings: { ...image.timings, waitedMs: 5, workMs: 6 } });
    await opened.send(text('no such flag'), { type: 'error', code: 'unknown_flag' });
    await opened.send(text('help'));
    const lines = opened
      .shown()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JsonLine);
    const file = join(opened.outDir, 'k7f3-A1.png');
    assert.deepEqual(lines, [
      { type: 'ack', jobId: 'k7f3', text: 'queued' },
      { type: 'progress', jobId: 'k7f3', text: '50 %' },
      { type: 'image', jobId: 'k7f3', text: 'a fox', file, width: 16, height: 8, timings: image.timings },
      { type: 'done', jobId: 'k7f3', text: 'done', timings: { ...image.timings, waitedMs: 5, workMs: 6 } },
      { type: 'error', text: 'no such flag', code: 'unknown_flag' },
      { type: 'text', text: 'help' },
    ]);
    assert.deepEqual([...(await readFile(file))], [1, 2, 3]);
  });

  it('saves other files beside the pictures, and receives none', async () => {
    await using opened = await openTerminal({ json: true });
    const bytes = new TextEncoder().encode('name,prompt');
    const file = { key: await opened.images.put(bytes, 'csv'), name: 'styles.csv', bytes: bytes.length, mimeType: 'text/csv' };
    await opened.send({ kind: 'file', file, caption: [paragraph('8 styles')] });
    const path = join(opened.outDir, 'styles.csv');
    assert.deepEqual(JSON.parse(opened.shown()), { type: 'text', text: '8 styles', file: path });
    assert.equal(await readFile(path, 'utf8'), 'name,prompt');
    assert.equal(await opened.room.attachment(), undefined);
    await using plain = await openTerminal();
    await plain.images.put(bytes, 'csv');
    await plain.send({ kind: 'file', file, caption: [paragraph('8 styles')] });
    assert.equal(plain.shown(), `${join(plain.outDir, 'styles.csv')}\n  8 styles\n`);
  });

  it('never overwrites a file, nor leaves the folder', async () => {
    await using opened = await openTerminal({ json: true });
    const first = await storedImage(opened.images, new Uint8Array([1]));
    const second = await storedImage(opened.images, new Uint8Array([2]));
    await opened.send(imageContent(first));
    await opened.send(imageContent(first));
    await opened.send(imageContent(second));
    await opened.send(imageContent(second, '../../../escape.png'));
    assert.deepEqual((await readdir(opened.outDir)).toSorted(), ['-..-..-escape.png', 'k7f3-A1-2.png', 'k7f3-A1.png']);
  });

  it('is plain lines in a pipe, without progress and without control characters', async () => {
    await using opened = await openTerminal();
    await opened.send(text('queued \u001b[31mred\u001b]0;title\u0007 \u009b2J \u202egnp.exe\r\nnext'), { type: 'ack', jobId: k7f3 });
    await opened.send(edit('50 %'), { type: 'progress', jobId: k7f3 });
    await opened.send(edit('done in 3 s'), { type: 'done', jobId: k7f3 });
    assert.equal(opened.shown(), 'queued ␛[31mred␛]0;title␇ \ufffd2J \ufffdgnp.exe\nnext\ndone in 3 s\n');
  });

  it('gives programs the exact text, and a terminal that shows the lines nothing to act upon', async () => {
    await using opened = await openTerminal({ json: true });
    const nasty = '\u001b[2J \u009b2J \u202e \u007f';
    await opened.send(text(nasty));
    // eslint-disable-next-line no-control-regex -- control characters are what it looks for
    assert.doesNotMatch(opened.shown().trimEnd(), /[\u0000-\u001f\u007f-\u009f\u202e]/);
    assert.equal((JSON.parse(opened.shown()) as JsonLine).text, nasty);
  });

  it('rewrites one progress line on a terminal', async () => {
    await using opened = await openTerminal({ terminal: true });
    await opened.send(text('queued'), { type: 'ack', jobId: k7f3 });
    await opened.send(edit('step 1 of 4'), { type: 'progress', jobId: k7f3 });
    await opened.send(edit(`step 2 of 4 ${'x'.repeat(60)}`), { type: 'progress', jobId: k7f3 });
    await opened.send(text('something else'));
    await opened.send(edit('done'), { type: 'done', jobId: k7f3 });
    assert.deepEqual(screenOf(opened.shown()), ['queued', 'something else', 'done', '']);
    const widest = Math.max(
      ...opened
        .shown()
        .split(/[\n\r]/)
        .map((line) => line.replace('\u001b[2K', '').length),
    );
    assert.ok(widest < 40, 'a line that wraps could not be rewritten');
  });

  it('shows a delivery once, and refuses other rooms', async () => {
    await using opened = await openTerminal();
    const delivery = { transactionId: 'same', roomId: terminalRoomId, content: text('once') };
    assert.equal(await opened.room.send(delivery), await opened.room.send(delivery));
    assert.equal(opened.shown(), 'once\n');
    await assert.rejects(opened.room.send({ ...delivery, transactionId: 'x', roomId: roomId('!other:room') }), DeliveryError);
  });

  it('makes an admin only of who was started as one', async () => {
    const ada = userId('@ada:terminal');
    await using admin = await openTerminal({ admin: true });
    assert.equal(await admin.room.isAdmin(terminalRoomId, ada), true);
    assert.equal(await admin.room.isAdmin(terminalRoomId, userId('@eve:terminal')), false);
    await using person = await openTerminal();
    assert.equal(await person.room.isAdmin(terminalRoomId, ada), false);
  });
});

/** What stands on a terminal after these bytes: only what `Screen` uses is understood. */
function screenOf(bytes: string): readonly string[] {
  const lines = [''];
  // eslint-disable-next-line no-control-regex -- the sequence is what the terminal obeys
  for (const [part] of bytes.matchAll(/\r\u001b\[2K|\n|[^\r\n]+/g)) {
    if (part === '\n') lines.push('');
    else if (part === '\r\u001b[2K') lines[lines.length - 1] = '';
    else lines[lines.length - 1] += part;
  }
  return lines;
}
