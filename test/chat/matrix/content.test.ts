import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { bold, paragraph } from '#core/rich-text.ts';
import { eventId, imageKey, type StoredImage } from '#core/types.ts';
import { contentLimitBytes, outgoingEvent } from '#src/chat/matrix/content.ts';

const nowhere = { threadRoot: undefined, replyTo: undefined };
const root = eventId('$root');
const other = eventId('$other');

const image: StoredImage = {
  key: imageKey('a.png'),
  index: 0,
  seed: 1,
  widthPx: 256,
  heightPx: 128,
  bytes: 1000,
  mimeType: 'image/png',
  thumbnail: { key: imageKey('b.jpg'), widthPx: 64, heightPx: 32, bytes: 100, mimeType: 'image/jpeg' },
  blurhash: 'L0',
  timings: { textMs: 0, denoiseMs: 0, decodeMs: 0, encodeMs: 0 },
};

describe('outgoingEvent', () => {
  it('writes a text as a notice that mentions nobody', () => {
    assert.deepEqual(outgoingEvent({ content: { kind: 'text', text: [paragraph('@room ', bold('<x>'))] } }, nowhere), {
      type: 'm.room.message',
      content: {
        msgtype: 'm.notice',
        body: '@room <x>',
        format: 'org.matrix.custom.html',
        formatted_body: '@room <strong>&lt;x&gt;</strong>',
        'm.mentions': {},
      },
    });
  });

  it('writes every info field of a picture', () => {
    const content = { kind: 'image', image, fileName: 'k7f3-A1.png', caption: [paragraph('a fox')], altText: 'A fox' } as const;
    const event = outgoingEvent({ content }, nowhere, { picture: 'mxc://s/p', thumbnail: 'mxc://s/t' });
    assert.deepEqual(event.content, {
      msgtype: 'm.image',
      body: 'a fox',
      format: 'org.matrix.custom.html',
      formatted_body: 'a fox',
      filename: 'k7f3-A1.png',
      url: 'mxc://s/p',
      info: {
        w: 256,
        h: 128,
        size: 1000,
        mimetype: 'image/png',
        thumbnail_url: 'mxc://s/t',
        thumbnail_info: { w: 64, h: 32, size: 100, mimetype: 'image/jpeg' },
        'xyz.amorgan.blurhash': 'L0',
      },
      'org.matrix.msc1767.alt_text': { 'org.matrix.msc1767.text': [{ body: 'A fox' }] },
      'm.mentions': {},
    });
    const bare = outgoingEvent({ content: { ...content, caption: [] } }, nowhere, { picture: 'mxc://s/p', thumbnail: 'mxc://s/t' });
    assert.equal(bare.content['body'], 'A fox', 'without a caption the text alternative stands for the picture');
    assert.throws(() => outgoingEvent({ content }, nowhere), TypeError);
  });

  it('writes a file with its name, size and type; without a caption its body is its name', () => {
    const file = { key: imageKey('c.zip'), name: 'k7f3.zip', bytes: 1234, mimeType: 'application/zip' };
    const content = { kind: 'file', file, caption: [paragraph('20 pictures ', bold('<all>'))] } as const;
    const inThread = { rel_type: 'm.thread', event_id: root, is_falling_back: true, 'm.in_reply_to': { event_id: root } };
    const common = {
      msgtype: 'm.file',
      filename: 'k7f3.zip',
      url: 'mxc://s/z',
      info: { size: 1234, mimetype: 'application/zip' },
      'm.mentions': {},
    };
    assert.deepEqual(outgoingEvent({ content }, { threadRoot: root, replyTo: undefined }, { file: 'mxc://s/z' }), {
      type: 'm.room.message',
      content: {
        ...common,
        body: '20 pictures <all>',
        format: 'org.matrix.custom.html',
        formatted_body: '20 pictures <strong>&lt;all&gt;</strong>',
        'm.relates_to': inThread,
      },
    });
    assert.deepEqual(outgoingEvent({ content: { ...content, caption: [] } }, nowhere, { file: 'mxc://s/z' }).content, {
      ...common,
      body: 'k7f3.zip',
    });
    assert.throws(() => outgoingEvent({ content }, nowhere), TypeError);
    assert.throws(() => outgoingEvent({ content }, nowhere, { picture: 'mxc://s/p', thumbnail: 'mxc://s/t' }), TypeError);
  });

  it('relates to threads and to answered messages', () => {
    const relation = (threadRoot: typeof root | undefined, replyTo: typeof root | undefined) =>
      outgoingEvent({ content: { kind: 'text', text: [] } }, { threadRoot, replyTo }).content['m.relates_to'];
    const inThread = { rel_type: 'm.thread', event_id: root, is_falling_back: true, 'm.in_reply_to': { event_id: root } };
    assert.deepEqual(relation(root, undefined), inThread);
    assert.deepEqual(relation(root, root), inThread);
    assert.deepEqual(relation(root, other), { ...inThread, is_falling_back: false, 'm.in_reply_to': { event_id: other } });
    assert.deepEqual(relation(undefined, other), { 'm.in_reply_to': { event_id: other } });
    assert.equal(relation(undefined, undefined), undefined);
  });

  it('writes an edit as a replacement of its target only', () => {
    const { content } = outgoingEvent(
      { content: { kind: 'edit', target: other, text: [paragraph('done')] } },
      { threadRoot: root, replyTo: root },
    );
    assert.deepEqual(content['m.relates_to'], { rel_type: 'm.replace', event_id: other });
    assert.deepEqual((content['m.new_content'] as { body: string }).body, 'done');
    assert.equal(content['body'], '* done');
  });

  it('fits every text into one event, as whole characters and a start of the text', () => {
    const long = fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 20_000 }));
    fc.assert(
      fc.property(long, fc.constantFrom('text', 'edit'), ([unit, times], kind) => {
        const text = [paragraph(unit.repeat(times))];
        const event = outgoingEvent(
          { content: kind === 'text' ? { kind, text } : { kind: 'edit', target: other, text } },
          { threadRoot: root, replyTo: other },
        );
        const json = JSON.stringify(event.content);
        assert.ok(Buffer.byteLength(json) <= contentLimitBytes + 4096, `${Buffer.byteLength(json)} bytes`);
        assert.ok(!/\\ud[89a-f]/i.test(json) && !json.includes('\\u0000'), 'no half characters, no NUL');
      }),
      { numRuns: 60 },
    );
  });
});
