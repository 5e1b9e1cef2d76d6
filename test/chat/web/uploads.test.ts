import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';

import sharp, { type Sharp } from 'sharp';

import { AppError } from '#core/errors.ts';
import { paragraph } from '#core/rich-text.ts';
import { imageKey, roomId, type EventId } from '#core/types.ts';
import type { ApiError, RoomStatus, Upload, WireEvent } from '#src/chat/web/events.ts';
import { localRoomId } from '#src/chat/web/local-room.ts';

import { openRoom, type OpenedRoom } from './opened-room.ts';
import { pngChunk, pngSignature } from '../../png-chunk.ts';

const words = (text: string): Uint8Array => new TextEncoder().encode(text);
const picture = (widthPx = 6, heightPx = 4): Sharp =>
  sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#3a7' } });
const maxUploadBytes = 20_000_000;
const quiet = new AbortController().signal;

const sendBytes = (opened: OpenedRoom, bytes: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL('/api/uploads?name=a.bin', opened.room.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream', ...headers },
    body: bytes,
    ...(bytes instanceof ReadableStream && { duplex: 'half' }),
  });

const codeOf = async (response: Response): Promise<string> => ((await response.json()) as ApiError).error.code;

async function sayWith(opened: OpenedRoom, upload: Upload, text = ''): Promise<WireEvent> {
  const attachment = { key: upload.key, name: upload.name };
  const response = await opened.post('/api/messages', { transactionId: upload.key, name: 'Ada', text, attachment });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as WireEvent;
}

describe('a file in the local room', () => {
  it('is known by its bytes, whatever it is called', async () => {
    await using opened = await openRoom();
    const files: readonly (readonly [string, Uint8Array, string, Partial<Upload>])[] = [
      ['fox.png', await picture().png().toBuffer(), '.png', { mimeType: 'image/png', widthPx: 6, heightPx: 4 }],
      ['fox.txt', await picture().jpeg().toBuffer(), '.jpg', { mimeType: 'image/jpeg', widthPx: 6, heightPx: 4 }],
      ['fox', await picture().jpeg({ progressive: true }).toBuffer(), '.jpg', { widthPx: 6, heightPx: 4 }],
      ['fox.webp', await picture().webp().toBuffer(), '.webp', { mimeType: 'image/webp', widthPx: 6, heightPx: 4 }],
      ['fox.webp', await picture().webp({ lossless: true }).toBuffer(), '.webp', { widthPx: 6, heightPx: 4 }],
      ['fox.webp', await picture().ensureAlpha(0.5).webp().toBuffer(), '.webp', { widthPx: 6, heightPx: 4 }],
      ['fox.gif', await picture().gif().toBuffer(), '.gif', { mimeType: 'image/gif', widthPx: 6, heightPx: 4 }],
      ['styles.CSV', words('name,prompt'), '.csv', { mimeType: 'text/csv' }],
      ['styles.json', words('[]'), '.json', { mimeType: 'application/json' }],
      ['styles.yml', words('a: 1'), '.yaml', { mimeType: 'application/yaml' }],
      ['all.zip', words('PK\u0003\u0004…'), '.zip', { mimeType: 'application/zip' }],
      ['fox.png', words('<svg onload="alert(1)"/>'), '.bin', { mimeType: 'application/octet-stream' }],
      ['page.html', words('<script>alert(1)</script>'), '.bin', { mimeType: 'application/octet-stream' }],
      ['cut.png', (await picture().png().toBuffer()).subarray(0, 14), '.png', { mimeType: 'image/png' }],
    ];
    for (const [name, bytes, ending, facts] of files) {
      const upload = await opened.upload(bytes, name);
      assert.ok(upload.key.endsWith(ending), `${name} ${upload.key}`);
      const { key: _, ...told } = upload;
      assert.deepEqual(told, { name, bytes: bytes.length, mimeType: upload.mimeType, ...facts });
    }
  });

  it('comes with a command or alone, and stands in the room', async () => {
    await using opened = await openRoom();
    const png = await picture().png().toBuffer();
    const upload = await opened.upload(png, 'fox.png');
    const { body } = await sayWith(opened, upload, '!img vary');
    assert.ok(body.kind === 'message');
    assert.deepEqual(body.attachment, upload);
    const [incoming] = opened.inbox.events;
    assert.ok(incoming?.kind === 'message');
    assert.deepEqual(incoming.attachment, { name: 'fox.png', mimeType: 'image/png', bytes: png.length });
    const shown = await opened.get(`/api/images/${upload.key}`);
    assert.equal(shown.headers.get('content-type'), 'image/png');
    assert.deepEqual(new Uint8Array(await shown.arrayBuffer()), new Uint8Array(png));
    const reply = await opened.say('!img up', { replyTo: (await opened.events())[0]?.eventId ?? assert.fail() });
    assert.ok(reply.body.kind === 'message' && reply.body.replyTo !== undefined);
  });

  it('has a name that hides nothing', async () => {
    await using opened = await openRoom();
    const nameOf = async (name: string): Promise<string> => (await opened.upload(words('x'), name)).name;
    assert.equal(await nameOf('C:\\fotos\\fuchs.png'), 'fuchs.png');
    assert.equal(await nameOf('../../etc/passwd'), 'passwd');
    assert.equal(await nameOf('invoice\u202egnp.exe'), 'invoicegnp.exe');
    assert.equal(await nameOf('\r\nSet-Cookie: a'), 'Set-Cookie: a');
    assert.equal(await nameOf(''), 'file');
    assert.equal(await nameOf(`${'ä'.repeat(300)}.csv`), `${'ä'.repeat(116)}.csv`);
  });

  it('is refused in a sentence when it is too large, empty, or no file', async () => {
    await using opened = await openRoom();
    const large = await sendBytes(opened, new Uint8Array(maxUploadBytes + 1));
    assert.equal(large.status, 413);
    assert.match(((await large.json()) as ApiError).error.message, /^This file is too large: at most 20 MB are accepted;/);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_000_000;
        controller.enqueue(new Uint8Array(1_000_000));
        if (sent > 60_000_000) controller.close();
      },
    });
    const streamed = await sendBytes(opened, endless).then(codeOf, () => 'cut off');
    assert.match(streamed, /^(?:file_too_large|cut off)$/);
    assert.ok(sent < 50_000_000, `it stopped reading after ${sent} bytes`);
    assert.equal(await codeOf(await sendBytes(opened, new Uint8Array())), 'file_empty');
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain', 'application/octet-stream; a=b']) {
      const refused = await sendBytes(opened, words('x'), { 'Content-Type': type });
      assert.equal(refused.status, 415, type);
    }
    assert.equal((await sendBytes(opened, words('x'), { Origin: 'https://evil.example' })).status, 403);
    assert.equal((await opened.upload(new Uint8Array(maxUploadBytes), 'just.bin')).bytes, maxUploadBytes);
    assert.deepEqual(opened.logged, []);
  });

  it('may be as large as the program allows', async () => {
    await using opened = await openRoom({ maxUploadMegabytes: () => 1 });
    assert.equal((await opened.upload(new Uint8Array(1_000_000), 'fits')).bytes, 1_000_000);
    const refused = await sendBytes(opened, new Uint8Array(1_000_001));
    assert.match(((await refused.json()) as ApiError).error.message, /at most 1 MB are accepted/);
    const status = (await (await opened.get('/api/status')).json()) as RoomStatus;
    assert.equal(status.room.maxUploadBytes, 1_000_000);
  });

  it('is not taken without the token, nor by another name of the host', async () => {
    await using opened = await openRoom({ host: '0.0.0.0', token: 'secret' });
    assert.equal((await sendBytes(opened, words('x'))).status, 401);
    await using open = await openRoom();
    const { promise, resolve } = Promise.withResolvers<number>();
    const headers = { Host: 'evil.example', 'Content-Type': 'application/octet-stream' };
    request(new URL('/api/uploads', open.room.url), { method: 'POST', headers }, (response) => resolve(response.statusCode ?? 0)).end('x');
    assert.equal(await promise, 421);
  });

  it('must be there before a message names it', async () => {
    await using opened = await openRoom();
    const post = (attachment: unknown, text = ''): Promise<Response> =>
      opened.post('/api/messages', { transactionId: 'm', name: 'Ada', text, attachment });
    assert.equal(await codeOf(await post({ key: `${'a'.repeat(64)}.png`, name: 'a.png' })), 'file_missing');
    for (const key of ['../../store.sqlite', `${'a'.repeat(64)}.svg`, 'a'.repeat(64), 7])
      assert.equal(await codeOf(await post({ key, name: 'a' })), 'bad_request');
    assert.equal(await codeOf(await opened.post('/api/messages', { transactionId: 'm', name: 'Ada', text: '' })), 'empty_text');
    assert.deepEqual(await opened.events(), []);
  });

  it('is offered for download only, unless a browser shows it as a picture', async () => {
    await using opened = await openRoom();
    const upload = await opened.upload(words('<script>'), 'a.html');
    assert.equal((await opened.get(`/api/images/${upload.key}`)).status, 404);
    const name = 'Stile "neu"; ä\'.csv';
    const saved = await opened.get(`/api/files/${upload.key}?name=${encodeURIComponent(name)}`);
    assert.equal(saved.headers.get('content-type'), 'application/octet-stream');
    assert.equal(saved.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(
      saved.headers.get('content-disposition'),
      `attachment; filename="Stile _neu__ __.csv"; filename*=UTF-8''Stile%20%22neu%22%3B%20%C3%A4%27.csv`,
    );
    assert.equal(await saved.text(), '<script>');
    for (const path of [`${'a'.repeat(64)}.csv`, `${'a'.repeat(64)}.svg`, '..%2f..%2fstore.sqlite', 'constructor'])
      assert.equal((await opened.get(`/api/files/${path}`)).status, 404, path);
  });

  it('of 20,000 × 20,000 pixels is not unpacked by every browser in the room', async () => {
    await using opened = await openRoom();
    const upload = await opened.upload(pngHeader(20_000, 20_000), 'bomb.png');
    assert.equal(upload.mimeType, 'image/png');
    assert.equal(upload.widthPx, undefined, 'the page shows it as a file');
  });

  it('is gone with its message', async () => {
    await using opened = await openRoom();
    const { eventId: target } = await sayWith(opened, await opened.upload(words('a,b'), 'secret.csv'));
    assert.equal((await opened.room.attachment(localRoomId, target, 100, quiet))?.name, 'secret.csv');
    await opened.post('/api/redactions', { transactionId: 'r', name: 'Ada', target });
    assert.ok(!JSON.stringify(await opened.events()).includes('secret.csv'));
    assert.equal(await opened.room.attachment(localRoomId, target, 100, quiet), undefined);
  });

  it('is read for commands, the pictures and files of the bot as well', async () => {
    await using opened = await openRoom();
    const read = (id: EventId) => opened.room.attachment(localRoomId, id, 1000, quiet);
    const key = await opened.images.put(words('[]'), 'json');
    const file = { key, name: 'styles.json', bytes: 2, mimeType: 'application/json' };
    const offered = await opened.room.send({
      transactionId: 'f',
      roomId: localRoomId,
      content: { kind: 'file', file, caption: [paragraph('8 styles')] },
    });
    assert.deepEqual(await read(offered), { name: 'styles.json', mimeType: 'application/json', bytes: Buffer.from('[]') });
    assert.equal(await opened.room.attachment(roomId('!other:room'), offered, 1000, quiet), undefined);
    assert.equal(await read('$77' as EventId), undefined);
    const gone = await opened.room.send({
      transactionId: 'g',
      roomId: localRoomId,
      content: { kind: 'file', file: { ...file, key: imageKey(`${'a'.repeat(64)}.json`) }, caption: [] },
    });
    await assert.rejects(read(gone), (error) => error instanceof AppError && error.code === 'attachment_unavailable');
  });

  it('that does not fit any more is told so', async () => {
    const full = { put: () => Promise.reject(new AppError('image_store_full')), read: () => assert.fail(), path: () => assert.fail() };
    await using opened = await openRoom({ images: full });
    const refused = await sendBytes(opened, words('x'));
    assert.equal(refused.status, 507);
    assert.match(((await refused.json()) as ApiError).error.message, /storage of this room is full/);
    assert.deepEqual(opened.logged, []);
  });
});

/** A PNG whose header says this size; its pixels are missing. */
function pngHeader(widthPx: number, heightPx: number): Uint8Array {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(widthPx);
  size.writeUInt32BE(heightPx, 4);
  const header = pngChunk('IHDR', Buffer.concat([size, Buffer.from([8, 2, 0, 0, 0])]));
  return Buffer.concat([pngSignature, header, pngChunk('IDAT', deflateSync(Buffer.alloc(10)))]);
}
