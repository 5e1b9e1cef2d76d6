import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { defaultPrefixes } from '#core/command.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, imageKey, userId, type StoredImage } from '#core/types.ts';
import { ListenError } from '#src/chat/web/listen.ts';
import { localRoomId } from '#src/chat/web/local-room.ts';
import type { ApiError, Gallery, RoomStatus, WireEvent } from '#src/chat/web/events.ts';

import { openRoom } from './opened-room.ts';

const storedImage: StoredImage = {
  key: imageKey(`${'a'.repeat(64)}.png`),
  index: 0,
  seed: 7,
  widthPx: 8,
  heightPx: 8,
  bytes: 1,
  mimeType: 'image/png',
  thumbnail: { key: imageKey(`${'b'.repeat(64)}.jpg`), widthPx: 8, heightPx: 8, bytes: 1, mimeType: 'image/jpeg' },
  blurhash: '',
  timings: { textMs: 1, denoiseMs: 1, decodeMs: 1, encodeMs: 1 },
};

const jsonOf = async <Answer>(response: Response): Promise<Answer> => (await response.json()) as Answer;

describe('the local room', () => {
  it('says who else uses its port, and that another one helps', async () => {
    await using opened = await openRoom();
    const port = Number(new URL(opened.room.url).port);
    await assert.rejects(openRoom({ port, language: 'en' }), (error) => {
      assert.ok(error instanceof ListenError);
      assert.equal(
        error.message,
        `Port ${port} is already in use, perhaps by another Blitzbild; stop that program or choose another port with BLITZBILD_PORT=${port + 1}.`,
      );
      return true;
    });
  });

  it('tells what its model knows, or that this is no closed list', async () => {
    await using opened = await openRoom();
    assert.deepEqual(await jsonOf<unknown>(await opened.get('/api/vocabulary')), {
      groups: [
        {
          title: { en: 'Animals', de: 'Tiere' },
          things: [
            { en: 'fox', de: 'Fuchs' },
            { en: 'cat', de: 'Katze' },
          ],
        },
        { things: [{ en: 'castle', de: 'Burg' }] },
      ],
      backgrounds: [{ en: 'in the snow', de: 'im Schnee' }],
      styles: [{ en: 'watercolor', de: 'Aquarell' }],
      places: [{ en: 'on the left', de: 'links' }],
    });
    await using without = await openRoom({ vocabulary: () => undefined });
    const refused = await without.get('/api/vocabulary');
    assert.equal(refused.status, 404);
    assert.equal((await jsonOf<ApiError>(refused)).error.code, 'not_found');
  });

  it('takes a message once however often it is posted', async () => {
    await using opened = await openRoom();
    const post = { transactionId: 'same', name: 'Ada', text: '!img a fox' };
    const [first, second] = await Promise.all([opened.post('/api/messages', post), opened.post('/api/messages', post)]);
    const message = await jsonOf<WireEvent>(first ?? assert.fail());
    assert.deepEqual(await jsonOf<WireEvent>(second ?? assert.fail()), message);
    assert.equal(message.transactionId, 'same');
    assert.equal((await opened.events()).length, 1);
    assert.equal(opened.inbox.events.length, 1);
    // Another person's id of the same name is another message.
    await opened.post('/api/messages', { ...post, name: 'Grace' });
    assert.equal(opened.inbox.events.length, 2);
  });

  it('can not be used to write as the bot', async () => {
    await using opened = await openRoom();
    const sent = await opened.room.send({
      transactionId: 'bot-1',
      roomId: localRoomId,
      content: { kind: 'text', text: [paragraph('I am the bot')] },
    });
    const forged = await jsonOf<WireEvent>(await opened.post('/api/messages', { transactionId: 'bot-1', name: 'Ada', text: 'me too' }));
    assert.notEqual(forged.eventId, sent);
    for (const name of ['Blitzbild', ' blitzbild ', 'BLITZBILD Bot', 'Blitz\u200bbild', 'Ｂlitzbild']) {
      const response = await opened.post('/api/messages', { transactionId: 'n', name, text: 'hello' });
      assert.equal((await jsonOf<ApiError>(response)).error.code, 'bad_name', name);
    }
  });

  it('refuses what it does not expect, in a sentence and without a trace', async () => {
    await using opened = await openRoom();
    const message = { transactionId: 'x', name: 'Ada', text: 'hello' };
    const cases: readonly (readonly [string, unknown, number, string])[] = [
      ['/api/messages', 'not json', 400, 'bad_request'],
      ['/api/messages', {}, 400, 'bad_request'],
      ['/api/messages', { ...message, admin: true }, 400, 'bad_request'],
      ['/api/messages', { ...message, transactionId: 'with space' }, 400, 'bad_request'],
      ['/api/messages', { ...message, text: 7 }, 400, 'bad_request'],
      ['/api/messages', { ...message, text: ' \n ' }, 400, 'empty_text'],
      ['/api/messages', { ...message, name: '\u202e\u0007 ' }, 400, 'bad_name'],
      ['/api/messages', { ...message, name: 'x'.repeat(41) }, 400, 'bad_name'],
      ['/api/messages', { ...message, threadId: '$999' }, 404, 'not_found'],
      ['/api/messages', { ...message, replyTo: '$999' }, 404, 'not_found'],
      ['/api/reactions', { transactionId: 'x', name: 'Ada', target: '$999', emoji: '🔁' }, 404, 'not_found'],
      ['/api/reactions', { transactionId: 'x', name: 'Ada', target: '$1', emoji: '' }, 400, 'bad_request'],
      ['/api/redactions', { transactionId: 'x', name: 'Ada', target: '$999' }, 404, 'not_found'],
    ];
    for (const [path, body, status, code] of cases) {
      const response = await opened.post(path, body);
      assert.equal(response.status, status, JSON.stringify(body));
      const { error } = await jsonOf<ApiError>(response);
      assert.equal(error.code, code);
      assert.match(error.message, /\.$|…$/);
    }
    assert.deepEqual(await opened.events(), []);
    assert.equal((await opened.get('/api/events?after=-1')).status, 400);
    assert.equal((await opened.get('/api/stream?after=x')).status, 400);
  });

  it('lets people take back their own messages only', async () => {
    await using opened = await openRoom();
    const { eventId: target } = await opened.say('oops', { name: 'Ada' });
    const redact = (name: string, what: string): Promise<Response> =>
      opened.post('/api/redactions', { transactionId: `r-${name}`, name, target: what });
    assert.equal((await redact('Grace', target)).status, 403);
    const sent = await opened.room.send({
      transactionId: 'b',
      roomId: localRoomId,
      content: { kind: 'text', text: [paragraph('answer')] },
    });
    assert.equal((await redact('Ada', sent)).status, 403);
    assert.ok(JSON.stringify(await opened.events()).includes('oops'));
    assert.equal((await redact('ada', target)).status, 200);
    assert.ok(!JSON.stringify(await opened.events()).includes('oops'), 'the words are gone, not only hidden');
  });

  it('keeps what people typed exactly, and refuses only what is no text', async () => {
    await using opened = await openRoom();
    const typed = '!img \u202eevil\u0007 <script>\u0000 \ud83e\udd8a \ud800';
    await opened.say(typed);
    const [event] = opened.inbox.events;
    assert.ok(event?.kind === 'message');
    assert.equal(event.text, typed.replace('\ud800', '\ufffd'));
  });

  it('accepts after a crash what was stored but not handed over', async () => {
    await using opened = await openRoom({ transaction: (work) => work() });
    await opened.say('before');
    opened.inbox.failNext();
    await assert.rejects(opened.say('lost?'));
    assert.equal(opened.inbox.events.length, 1);
    await opened.restart();
    assert.deepEqual(
      opened.inbox.events.map((event) => event.kind === 'message' && event.text),
      ['before', 'lost?'],
    );
  });

  it('tells its state', async () => {
    await using opened = await openRoom({ roomName: 'Atelier' });
    const status = await jsonOf<RoomStatus>(await opened.get('/api/status'));
    assert.deepEqual(status.room, {
      name: 'Atelier',
      commandPrefixes: defaultPrefixes,
      language: 'en',
      shared: false,
      maxUploadBytes: 20_000_000,
    });
    assert.equal(status.engine.state, 'ready');
    assert.deepEqual(await jsonOf(await opened.get('/healthz')), { ok: true });
  });

  it('gives older events by page', async () => {
    await using opened = await openRoom();
    for (let index = 0; index < 5; index += 1) await opened.say(`message ${index}`);
    const { events } = await jsonOf<{ events: WireEvent[] }>(await opened.get('/api/events?before=4'));
    assert.deepEqual(
      events.map((event) => event.sequence),
      [1, 2, 3],
    );
  });

  it('tells what was starred, and shows it on a page', async () => {
    await using empty = await openRoom();
    assert.deepEqual(await jsonOf<Gallery>(await empty.get('/api/gallery')), { entries: [] });
    const entry = { job: 'k7f3', cell: 'A1', prompt: 'a <fox>', seed: 7, atMs: 1000, image: storedImage };
    await using opened = await openRoom({ gallery: () => [entry] });
    assert.deepEqual(await jsonOf<Gallery>(await opened.get('/api/gallery')), { entries: [entry] });
    const page = await opened.get('/gallery');
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(await page.text(), /<script type="module" src="\/page\/gallery\.ts"/);
    await using locked = await openRoom({ host: '0.0.0.0', token: 'secret', gallery: () => [entry] });
    for (const path of ['/gallery', '/api/gallery']) assert.equal((await fetch(new URL(path, locked.room.url))).status, 401, path);
  });

  it('serves pictures for ever and the page as JavaScript', async () => {
    await using opened = await openRoom();
    const key = await opened.images.put(new Uint8Array([1, 2, 3]), 'png');
    const picture = await opened.get(`/api/images/${key}`);
    assert.equal(picture.headers.get('content-type'), 'image/png');
    assert.match(picture.headers.get('cache-control') ?? '', /immutable/);
    const script = await opened.get('/page/main.ts');
    assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/);
    assert.doesNotMatch(await script.text(), /import type|: RoomActions/);
    const again = await opened.get('/page/main.ts', { 'If-None-Match': script.headers.get('etag') ?? '' });
    assert.equal(again.status, 304);
  });

  it('knows its one room and its people', async () => {
    await using opened = await openRoom();
    assert.equal(await opened.room.isAdmin(localRoomId, userId('@ada:room')), true);
    assert.equal(await opened.room.isAdmin(localRoomId, userId('@ada:example.org')), false);
    const edit = { kind: 'edit', target: eventId('$77'), text: [paragraph('x')] } as const;
    await assert.rejects(opened.room.send({ transactionId: 'e', roomId: localRoomId, content: edit }), { failure: 'rejected' });
  });
});
