import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryError } from '#core/errors.ts';
import type { ChatPlatform, Delivery } from '#core/ports.ts';
import { paragraph, toPlainText } from '#core/rich-text.ts';
import { eventId, imageKey, roomId } from '#core/types.ts';
import { Courier } from '#src/app/courier.ts';
import type { Log } from '#src/app/log-port.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A platform that takes words and refuses everything else for good. */
function wordsOnly(onText: (delivery: Delivery) => void): ChatPlatform {
  return {
    name: 'room',
    editIntervalMs: 1000,
    start: () => Promise.resolve(),
    send: (delivery) => {
      if (delivery.content.kind !== 'text') return Promise.reject(new DeliveryError('rejected', '413 too large'));
      onText(delivery);
      return Promise.resolve(eventId(`$${delivery.transactionId}`));
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
    const courier = new Courier({ platform: wordsOnly(resolve), store, log: silent, now: () => 1000, voice: { language, prefix: '!img' } });
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
