import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';

import { AppError, DeliveryError } from '#core/errors.ts';
import type { Content, Delivery } from '#core/ports.ts';
import { bold, code, paragraph } from '#core/rich-text.ts';
import { eventId, roomId, userId } from '#core/types.ts';
import type { IncomingEvent, IncomingMessage } from '#core/incoming.ts';

import type { ChatHarness, SeenMessage } from './chat-harness.ts';
import { pngChunk, pngSignature } from '../png-chunk.ts';
import { assertSameBytes } from '../same-bytes.ts';

/** Long enough for an event that was already on its way. */
const settleMs = 700;

/**
 * What every `ChatPlatform` must do, seen from the room and from the inbox. `makeHarness` starts the platform with
 * one room in which a person and the bot are; `skip` states why this machine can't run it.
 */
export function chatPlatformContract(name: string, makeHarness: () => Promise<ChatHarness>, skip?: string): void {
  describe(`ChatPlatform: ${name}`, { skip: skip ?? false }, () => {
    let room: ChatHarness;
    let lastTransaction = 0;
    before(async () => {
      room = await makeHarness();
    });
    after(async () => {
      await room?.stop();
    });

    const deliver = (content: Content, more: Partial<Delivery> = {}): Delivery => ({
      transactionId: `contract-${(lastTransaction += 1)}`,
      roomId: room.roomId,
      content,
      ...more,
    });
    const text = (words: string): Content => ({ kind: 'text', text: [paragraph(words)] });
    const see = async (id: string): Promise<SeenMessage> => {
      for (let attempt = 0; attempt < 40; attempt += 1) {
        const found = (await room.person.seeMessages()).find((message) => message.eventId === id);
        if (found) return found;
        await delay(100);
      }
      throw new Error(`the person never saw ${id}`);
    };
    const receive = async (id: string): Promise<IncomingMessage> =>
      room.inbox.waitFor((event): event is IncomingMessage => event.kind === 'message' && event.eventId === id);
    const quiet = new AbortController().signal;
    const countSeen = async (words: string): Promise<number> =>
      (await room.person.seeMessages()).filter((message) => message.text === words).length;
    const countReceived = (words: string): number =>
      room.inbox.events.filter((event) => event.kind === 'message' && event.text === words).length;

    describe('what comes in', () => {
      it('is the text as typed, with who said it, where and when', async () => {
        const typed = '!img a <b>red</b> & "quoted" fox 🦊 — «Füchse» \\ %s ${x}';
        const startedAtMs = Date.now();
        const id = await room.person.send(typed);
        const message = await room.inbox.waitForText(typed);
        assert.equal(message.eventId, id);
        assert.equal(message.platform, room.platform.name);
        assert.equal(message.roomId, room.roomId);
        assert.equal(message.sender, room.person.userId);
        assert.equal(message.isAdmin, room.person.isAdmin);
        assert.equal(message.threadId, undefined);
        assert.equal(message.replyTo, undefined);
        assert.ok(message.receivedAtMs >= startedAtMs - 1000 && message.receivedAtMs <= Date.now() + 1000);
      });

      it('keeps the order and every message', async () => {
        for (let index = 0; index < 5; index += 1) await room.person.send(`in order ${index}`);
        await room.inbox.waitForText('in order 4');
        const inOrder = room.inbox.events.flatMap((event) =>
          event.kind === 'message' && event.text.startsWith('in order') ? [event.text] : [],
        );
        assert.deepEqual(inOrder, ['in order 0', 'in order 1', 'in order 2', 'in order 3', 'in order 4']);
      });

      it('says which thread and which message it answers', async () => {
        const root = await room.person.send('a root');
        await room.person.send('inside the thread', { threadId: root });
        const inside = await room.inbox.waitForText('inside the thread');
        assert.equal(inside.threadId, root);

        await room.person.send('an answer', { replyTo: root });
        const answer = await room.inbox.waitForText('an answer');
        if (!room.supports.answersOutsideThreads) {
          assert.equal(answer.threadId, root);
          return;
        }
        assert.equal(answer.replyTo, root);
        assert.equal(answer.threadId, undefined);

        await room.person.send('an answer inside the thread', { threadId: root, replyTo: inside.eventId });
        const both = await room.inbox.waitForText('an answer inside the thread');
        assert.equal(both.threadId, root);
        assert.equal(both.replyTo, inside.eventId);
      });

      it('has reactions', async () => {
        const target = await room.platform.send(deliver(text('react to this')));
        const id = await room.person.react(target, '🔁');
        const reaction = await room.inbox.waitFor((event) => event.eventId === id);
        assert.equal(reaction.kind, 'reaction');
        assert.ok(reaction.kind === 'reaction');
        assert.equal(reaction.target, target);
        assert.equal(reaction.emoji, '🔁');
        assert.equal(reaction.sender, room.person.userId);
        assert.equal(reaction.isAdmin, room.person.isAdmin);
      });

      it('has messages that were taken back', async (t) => {
        if (!room.supports.redaction) return t.skip('people can not take messages back here');
        const target = await room.person.send('taken back');
        await room.inbox.waitForText('taken back');
        await room.person.redact(target);
        const redaction = await room.inbox.waitFor((event) => event.kind === 'redaction' && event.target === target);
        assert.equal(redaction.sender, room.person.userId);
        assert.equal(redaction.roomId, room.roomId);
      });

      it('has files, with the text beside them or alone', async () => {
        const png = onePixelPng([20, 90, 200]);
        const id = await room.sendFileAs(room.person, { name: 'sea.png', mimeType: 'image/png', bytes: png, text: '!img vary' });
        const message = await receive(id);
        assert.equal(message.text, '!img vary');
        assert.equal(message.attachment?.name, 'sea.png');
        const file = await room.platform.attachment(room.roomId, id, 1_000_000, quiet);
        assert.equal(file?.name, 'sea.png');
        assert.equal(file.mimeType, 'image/png');
        assertSameBytes(file.bytes, png);

        const csv = new TextEncoder().encode('name,prompt\nÖl,"{prompt}, in oil"\n');
        const alone = await room.sendFileAs(room.person, { name: 'Stile (neu).csv', mimeType: 'text/csv', bytes: csv, text: '' });
        const bare = await receive(alone);
        assert.equal(bare.text, '', 'the name of a file is no command');
        assert.equal(bare.attachment?.name, 'Stile (neu).csv');
        assertSameBytes((await room.platform.attachment(room.roomId, alone, csv.length, quiet))?.bytes ?? assert.fail(), csv);
      });

      it('says when there is no file, when it is too large, and when nobody waits for it any more', async () => {
        const words = await room.person.send('only words');
        assert.equal(await room.platform.attachment(room.roomId, words, 1000, quiet), undefined);
        const bytes = new Uint8Array(5000).fill(7);
        const id = await room.sendFileAs(room.person, { name: 'sevens', mimeType: 'application/octet-stream', bytes, text: '' });
        await receive(id);
        await assert.rejects(
          room.platform.attachment(room.roomId, id, 4999, quiet),
          (error) => error instanceof AppError && error.code === 'attachment_too_large' && typeof error.params['maxMb'] === 'number',
        );
        await assert.rejects(
          room.platform.attachment(room.roomId, id, 5000, AbortSignal.abort()),
          (error) => error instanceof AppError && error.code === 'cancelled',
        );
      });

      it('never contains what the bot itself sent', async () => {
        const sent = await room.platform.send(deliver(text('my own words')));
        const reacted = await room.platform.send(deliver({ kind: 'reaction', target: sent, emoji: '👍' }));
        await room.person.send('after my own words');
        await room.inbox.waitForText('after my own words');
        assert.equal(countReceived('my own words'), 0);
        const own: readonly string[] = [sent, reacted];
        assert.deepEqual(
          room.inbox.events.filter((event: IncomingEvent) => own.includes(event.eventId)),
          [],
        );
      });

      it('is not lost when the inbox can not store it', async () => {
        room.inbox.failNext();
        const accepted = await room.person.send('stored at last').then(
          () => true,
          () => false,
        );
        // A platform that keeps messages brings it again; one that can't must have refused it in front of the person.
        if (accepted) await room.inbox.waitForText('stored at last');
        room.inbox.failNext(0);
        if (!accepted) await room.person.send('stored at last');
        await room.inbox.waitForText('stored at last');
        assert.equal(countReceived('stored at last'), 1);
      });
    });

    describe('what goes out', () => {
      it('is seen by the person under the returned id', async () => {
        const id = await room.platform.send(deliver(text('hello, person')));
        const seen = await see(id);
        assert.equal(seen.text, 'hello, person');
        assert.equal(seen.from, 'bot');
        assert.equal(seen.edited, false);
      });

      it('shows markup of people as text', async () => {
        const nasty = '<script>alert(1)</script> <img src=x onerror=y> &lt; @room';
        const id = await room.platform.send(deliver({ kind: 'text', text: [paragraph(bold(nasty), ' and ', code('<i>'))] }));
        const seen = await see(id);
        assert.equal(seen.text, `${nasty} and <i>`);
        if (seen.html !== undefined) {
          assert.ok(!/<(script|img|i)\b/.test(seen.html), seen.html);
          assert.ok(seen.html.includes('&lt;script&gt;'), seen.html);
          assert.ok(seen.html.includes('&amp;lt;'), seen.html);
        }
      });

      it('carries every kind of block', async () => {
        const id = await room.platform.send(
          deliver({
            kind: 'text',
            text: [
              paragraph('one ', bold('two')),
              { kind: 'list', items: [[{ text: 'first' }], [code('second')]] },
              { kind: 'code', text: 'let x = 1 < 2;' },
              {
                kind: 'table',
                head: ['flag', 'means'],
                rows: [['--n', 'how many']],
              },
            ],
          }),
        );
        const seen = await see(id);
        for (const part of ['one two', 'first', 'second', 'let x = 1 < 2;', '--n', 'how many']) assert.ok(seen.text.includes(part), part);
      });

      it('is one message however often the same transaction is sent', async () => {
        const delivery = deliver(text('only once'));
        const first = await room.platform.send(delivery);
        const second = await room.platform.send(delivery);
        assert.equal(second, first);
        await see(first);
        assert.equal(await countSeen('only once'), 1);
      });

      it('edits its own message', async () => {
        const id = await room.platform.send(deliver(text('50 %')));
        await room.platform.send(deliver({ kind: 'edit', target: id, text: [paragraph('100 %, <done>')] }));
        const until = Date.now() + 4000;
        let seen = await see(id);
        while (!seen.edited && Date.now() < until) {
          await delay(100);
          seen = await see(id);
        }
        assert.equal(seen.text, '100 %, <done>');
        assert.equal(seen.edited, true);
        assert.equal(await countSeen('50 %'), 0);
        assert.equal(await countSeen('100 %, <done>'), 1);
      });

      it('reacts', async () => {
        const target = await room.person.send('please react');
        await room.platform.send(deliver({ kind: 'reaction', target: eventId(target), emoji: '✅' }));
        assert.deepEqual((await see(target)).reactions, [{ emoji: '✅', from: 'bot' }]);
      });

      it('stands in the thread it was given', async () => {
        const root = await room.person.send('a thread begins');
        const inside = await room.platform.send(deliver(text('in here'), { threadId: root }));
        assert.equal((await see(inside)).threadId, root);
        assert.equal((await see(root)).threadId, undefined);
      });

      it('answers the message it was given', async () => {
        const target = await room.person.send('a question');
        const answer = await room.platform.send(deliver(text('the answer'), { replyTo: target }));
        assert.equal((await see(answer)).replyTo, target);
      });

      it('shows a picture with its very bytes, size, caption and text alternative', async () => {
        const png = onePixelPng([200, 30, 30]);
        const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xd9, 1, 2, 3]);
        const image = await room.storeImage(png, jpeg, { widthPx: 1, heightPx: 1 });
        const root = await room.person.send('!img red');
        const id = await room.platform.send(
          deliver(
            {
              kind: 'image',
              image,
              fileName: 'k7f3-A1.png',
              caption: [paragraph('red <b> · AI-generated')],
              altText: 'A red square',
            },
            { threadId: root },
          ),
        );
        const seen = await see(id);
        assert.equal(seen.text, 'red <b> · AI-generated');
        assert.equal(seen.threadId, root);
        assert.ok(seen.image, 'it is a picture');
        assertSameBytes(seen.image.bytes, png);
        if (room.supports.ownThumbnails) assertSameBytes(seen.image.thumbnailBytes, jpeg);
        else assertSameBytes(seen.image.thumbnailBytes.subarray(0, 2), Uint8Array.from([0xff, 0xd8]));
        const { bytes: _bytes, thumbnailBytes: _thumbnail, ...facts } = seen.image;
        assert.deepEqual(facts, {
          widthPx: 1,
          heightPx: 1,
          size: png.length,
          mimeType: 'image/png',
          fileName: 'k7f3-A1.png',
          altText: 'A red square',
          blurhash: image.blurhash,
        });
      });

      it('offers a file with its very bytes, name and caption', async () => {
        const bytes = new TextEncoder().encode('[{"name":"oil <b>"}]');
        const key = await room.storeFile(bytes, 'json');
        const root = await room.person.send('!img style export json');
        const file = { key, name: 'sdxl_styles.json', bytes: bytes.length, mimeType: 'application/json' };
        const id = await room.platform.send(deliver({ kind: 'file', file, caption: [paragraph('8 styles <i>')] }, { threadId: root }));
        const seen = await see(id);
        assert.equal(seen.from, 'bot');
        assert.equal(seen.text, '8 styles <i>');
        assert.equal(seen.threadId, root);
        assert.ok(seen.file, 'it is a file');
        const { bytes: downloaded, ...facts } = seen.file;
        assertSameBytes(downloaded, bytes);
        assert.deepEqual(facts, { size: bytes.length, mimeType: 'application/json', fileName: 'sdxl_styles.json' });
        // So that a reply to an export can import it again.
        assertSameBytes((await room.platform.attachment(room.roomId, id, 1000, quiet))?.bytes ?? assert.fail(), bytes);
      });

      it('refuses a room that does not exist', async () => {
        const delivery = deliver(text('nobody hears this'), { roomId: roomId('!there-is-no-such-room:nowhere') });
        await assert.rejects(room.platform.send(delivery), (error) => error instanceof DeliveryError && error.failure === 'rejected');
      });
    });

    it('knows who administers the room', async () => {
      assert.equal(await room.platform.isAdmin(room.roomId, room.person.userId), room.person.isAdmin);
      assert.equal(await room.platform.isAdmin(room.roomId, userId('@nobody-at-all:nowhere')), false);
    });

    describe('a restart', () => {
      it('brings nothing twice, and the same transaction is still one message', async () => {
        await room.person.send('before the restart');
        await room.inbox.waitForText('before the restart');
        const delivery = deliver(text('sent around a restart'));
        const first = await room.platform.send(delivery);
        await room.restart();
        assert.equal(await room.platform.send(delivery), first);
        assert.equal(await countSeen('sent around a restart'), 1);
        await room.person.send('after the restart');
        await room.inbox.waitForText('after the restart');
        await delay(settleMs);
        assert.equal(countReceived('before the restart'), 1);
        assert.equal(countReceived('after the restart'), 1);
        assert.equal(countReceived('sent around a restart'), 0);
      });

      it('loses nothing that was written meanwhile, or whoever wrote it sees that it was not sent', async () => {
        if (!room.supports.messagesWhileDown) {
          await room.restart(async () => assert.rejects(room.person.send('to a server that is down')));
          await delay(settleMs);
          assert.equal(countReceived('to a server that is down'), 0);
          return;
        }
        await room.restart(async () => {
          await room.person.send('while you were away 1');
          await room.person.send('while you were away 2');
        });
        await room.inbox.waitForText('while you were away 2');
        await delay(settleMs);
        assert.equal(countReceived('while you were away 1'), 1);
        assert.equal(countReceived('while you were away 2'), 1);
      });

      it('hears nothing any more once it is closed', async () => {
        const calls = async (): Promise<number> => {
          await delay(settleMs);
          return room.inbox.calls.length;
        };
        let before = 0;
        await room.restart(async () => {
          before = await calls();
          if (room.supports.messagesWhileDown) await room.person.send('said to a closed bot');
          assert.equal(await calls(), before);
        });
      });
    });
  });
}

/** A PNG of one pixel; `rgb` as three values 0 … 255. */
export function onePixelPng(rgb: readonly [number, number, number]): Uint8Array {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  return Buffer.concat([
    pngSignature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.from([0, ...rgb]))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}
