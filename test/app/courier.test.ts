import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { DeliveryError } from '#core/errors.ts';
import type { ChatPlatform, Content, Delivery } from '#core/ports.ts';
import { paragraph, toPlainText } from '#core/rich-text.ts';
import { eventId, imageKey, jobId, roomId, type Language, type StoredImage } from '#core/types.ts';
import { Courier } from '#src/app/courier.ts';
import type { Log } from '#src/app/log-port.ts';
import { readMarks } from '#src/finish/marks.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { ImagesInTest } from '../chat/matrix/fakes.ts';
import { grain } from '../finish/pictures.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const images = new ImagesInTest();

const courierTo = (platform: ChatPlatform, store: SqliteStore, language: Language = 'en', now = () => 1000): Courier =>
  new Courier({ platform, store, images, studio: new SharpStudio(), log: silent, now, voice: { language, prefix: '!img' } });

/** A platform that takes words and refuses everything else for good. */
const wordsOnly = (onText: (delivery: Delivery) => void): ChatPlatform =>
  platformThat((delivery) => {
    if (delivery.content.kind !== 'text') throw new DeliveryError('rejected', '413 too large');
    onText(delivery);
  });

/** A platform that takes everything at which `look` does not throw. */
function platformThat(look: (delivery: Delivery) => void): ChatPlatform {
  return {
    name: 'room',
    editIntervalMs: 1000,
    start: () => Promise.resolve(),
    send: async (delivery) => {
      look(delivery);
      return eventId(`$${delivery.transactionId}`);
    },
    attachment: () => Promise.resolve(undefined),
    isAdmin: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
}

for (const [language, sentence] of [
  ['en', /refused the file styles\.csv/],
  ['de', /die Datei styles\.csv abgelehnt/],
] as const)
  test(`a file that the server refuses is not lost in silence (${language})`, async (t) => {
    const store = new SqliteStore(':memory:');
    const { promise: said, resolve } = Promise.withResolvers<Delivery>();
    const courier = courierTo(wordsOnly(resolve), store, language);
    store.onQueued = () => queueMicrotask(() => courier.wake());
    t.after(async () => {
      await courier.close();
      store.close();
    });
    const row = store.outbox.add(
      {
        transactionId: 'export',
        platform: 'room',
        roomId: roomId('!room'),
        threadId: eventId('$thread'),
        lane: 'extra',
        content: {
          kind: 'file',
          file: { key: imageKey(`${'a'.repeat(64)}.csv`), name: 'styles.csv', bytes: 9, mimeType: 'text/csv' },
          caption: [paragraph('All styles')],
        },
      },
      1000,
    );
    courier.start();
    const delivery = await said;
    assert.equal(delivery.threadId, '$thread');
    assert.deepEqual(delivery.event, { type: 'error', code: 'file_not_delivered' });
    assert.ok(delivery.content.kind === 'text');
    assert.match(toPlainText(delivery.content.text), sentence);
    assert.equal(store.outbox.outcome(row)?.state, 'dropped');
  });

/** A courier at work on one picture of a job, until `look` has seen what it wanted. */
async function sendPicture(t: TestContext, look: (delivery: Delivery) => boolean, image: StoredImage): Promise<SqliteStore> {
  const store = new SqliteStore(':memory:');
  const { promise, resolve } = Promise.withResolvers<void>();
  const courier = courierTo(
    platformThat((delivery) => {
      if (look(delivery)) resolve();
    }),
    store,
  );
  store.onQueued = () => queueMicrotask(() => courier.wake());
  t.after(async () => {
    await courier.close();
    store.close();
  });
  store.outbox.add(
    {
      transactionId: 'k7f3-A1',
      platform: 'room',
      roomId: roomId('!room'),
      lane: 'picture',
      jobId: jobId('k7f3'),
      pictureIndex: 0,
      content: { kind: 'image', image, fileName: 'k7f3-A1.png', caption: [paragraph('k7f3/A1')], altText: 'a flag' },
    },
    1000,
  );
  courier.start();
  await promise;
  return store;
}

/** Grain, which compresses worst. */
const large = async (): Promise<StoredImage> => {
  const random = grain(7);
  const pixels = Uint8Array.from({ length: 320 * 240 * 3 }, () => Math.floor(random() * 256));
  const size = { widthPx: 320, heightPx: 240 };
  return images.store((await new SharpFinisher().finish({ pixels, ...size })).png, Uint8Array.of(1), size);
};

test('a picture that the server finds too large is sent as a smaller copy, which says so', async (t) => {
  const refused: (Content & { kind: 'image' })[] = [];
  let taken: (Content & { kind: 'image' }) | undefined;
  await sendPicture(
    t,
    ({ content }) => {
      assert.ok(content.kind === 'image');
      // As a proxy: the limit that it names is a guess, and still too high.
      const limitBytes = [100_000, 20_000][refused.length];
      if (limitBytes !== undefined) {
        refused.push(content);
        throw new DeliveryError('rejected', 'too large', { limitBytes });
      }
      taken = content;
      return true;
    },
    await large(),
  );
  const { image, fileName, caption } = taken ?? assert.fail('it never came');
  assert.ok(image.bytes <= 20_000 && (refused[1]?.image.bytes ?? Infinity) <= 100_000);
  const file = await images.read(image.key);
  assert.deepEqual([file.length, image.mimeType, fileName], [image.bytes, 'image/jpeg', 'k7f3-A1.jpg']);
  assert.ok(readMarks(file).aiGenerated);
  assert.equal(toPlainText(caption), 'k7f3/A1\nSmaller copy: the original is too large for this server.', 'said once');
});

test('a picture for which no copy is small enough is explained', async (t) => {
  let said = '';
  await sendPicture(
    t,
    ({ content }) => {
      if (content.kind === 'image') throw new DeliveryError('rejected', 'too large', { limitBytes: 300 });
      assert.ok(content.kind === 'text');
      said = toPlainText(content.text);
      return true;
    },
    await large(),
  );
  assert.match(said, /^The server refused a picture of job k7f3: it takes files of 0 MB at most/);
});

test('what may have arrived and can not be looked up is not sent again, but said', async (t) => {
  const attempts: Delivery[] = [];
  const store = await sendPicture(
    t,
    (delivery) => {
      attempts.push(delivery);
      if (delivery.content.kind === 'image') throw new DeliveryError('unknowable', 'no history');
      return true;
    },
    await large(),
  );
  const [picture, report, ...more] = attempts;
  assert.deepEqual([picture?.queuedAtMs, more.length], [1000, 0]);
  assert.ok(report?.content.kind === 'text');
  assert.match(toPlainText(report.content.text), /^I can't tell whether a picture of job k7f3 has arrived: .* !img zip k7f3/);
  assert.deepEqual(report.event, { type: 'error', code: 'picture_uncertain', jobId: 'k7f3' });
  assert.equal(store.outbox.outcome(1)?.state, 'dropped');
});

test('nothing is said about a report that may have arrived', async (t) => {
  const store = new SqliteStore(':memory:');
  const sent: string[] = [];
  const courier = courierTo(
    platformThat(({ transactionId }) => {
      sent.push(transactionId);
      throw new DeliveryError('unknowable', 'no history');
    }),
    store,
  );
  store.onQueued = () => queueMicrotask(() => courier.wake());
  t.after(async () => {
    await courier.close();
    store.close();
  });
  const text = { platform: 'room', roomId: roomId('!room'), lane: 'now', content: { kind: 'text', text: [paragraph('x')] } } as const;
  store.outbox.add({ ...text, transactionId: 'answer' }, 1000);
  courier.start();
  while (store.outbox.pendingCount('room') > 0 || sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(sent, ['answer', 'answer-unknown']);
});

test('the end of a job is said to be unknown even where it was refused as an edit before; an acknowledgement is not', async (t) => {
  const store = new SqliteStore(':memory:');
  const sent: Delivery[] = [];
  const courier = courierTo(
    platformThat((delivery) => {
      sent.push(delivery);
      if (delivery.transactionId.endsWith('-unknown')) return;
      throw new DeliveryError(delivery.content.kind === 'edit' ? 'rejected' : 'unknowable', 'no history');
    }),
    store,
  );
  store.onQueued = () => queueMicrotask(() => courier.wake());
  t.after(async () => {
    await courier.close();
    store.close();
  });
  const where = { platform: 'room', roomId: roomId('!room'), jobId: jobId('k7f3') } as const;
  const text = [paragraph('x')];
  const ack = { ...where, transactionId: 'ack', lane: 'now', content: { kind: 'text', text }, event: { type: 'ack' } } as const;
  const row = store.outbox.add(ack, 1000);
  store.outbox.add({ ...where, transactionId: 'end', lane: 'final', content: { kind: 'text', text }, event: { type: 'done' } }, 1000);
  store.outbox.add({ ...where, transactionId: 'other', lane: 'now', content: { kind: 'text', text } }, 1000);
  store.outbox.sent(store.outbox.add({ ...ack, transactionId: 'shown' }, 1000), eventId('$shown'));
  store.outbox.add(
    { ...where, transactionId: 'edit', lane: 'final', content: { kind: 'edit', row: row + 3, text }, event: { type: 'done' } },
    1000,
  );
  courier.start();
  while (store.outbox.pendingCount('room') > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(sent.map(({ transactionId }) => transactionId).toSorted(), [
    'ack',
    'edit',
    'edit-instead',
    'edit-instead-unknown',
    'end',
    'end-unknown',
    'other',
    'other-unknown',
  ]);
  const said = new Map(sent.map(({ transactionId, content }) => [transactionId, content.kind === 'text' ? toPlainText(content.text) : '']));
  assert.match(said.get('end-unknown') ?? '', /my last words about job k7f3/);
  assert.match(said.get('edit-instead-unknown') ?? '', /my last words about job k7f3/);
  assert.match(said.get('other-unknown') ?? '', /an answer of mine/);
});

test('where it is unknown whether people were told that a picture was refused, that is said of the picture, not of the end', async (t) => {
  let said = '';
  await sendPicture(
    t,
    ({ content, transactionId }) => {
      if (content.kind === 'image') throw new DeliveryError('rejected', 'no files here');
      if (transactionId.endsWith('-instead')) throw new DeliveryError('unknowable', 'no history');
      if (content.kind === 'text') said = toPlainText(content.text);
      return true;
    },
    await large(),
  );
  assert.match(said, /^I can't tell whether a picture of job k7f3 has arrived/);
});

test('a clock that is set back lets nothing wait for as long as that', async (t) => {
  const store = new SqliteStore(':memory:');
  let nowMs = Date.parse('2026-03-02T12:00:00Z');
  let sent = 0;
  const courier = courierTo(
    platformThat(() => {
      sent += 1;
      if (sent > 1) return;
      // Before its next attempt is due.
      setTimeout(() => (nowMs -= 24 * 3600 * 1000), 100);
      throw new DeliveryError('uncertain', 'broken off');
    }),
    store,
    'en',
    () => nowMs,
  );
  t.after(async () => {
    await courier.close();
    store.close();
  });
  store.outbox.add(
    { transactionId: 'a', platform: 'room', roomId: roomId('!room'), lane: 'now', content: { kind: 'text', text: [paragraph('x')] } },
    nowMs,
  );
  courier.start();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(sent, 2);
});
