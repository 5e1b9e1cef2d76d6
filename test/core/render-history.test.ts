import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '#core/limits.ts';
import { renderFound, renderGallery, renderLimits, renderLimitSettings } from '#core/render-history.ts';
import { toPlainText, type RichText } from '#core/rich-text.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import { eventId, imageKey, jobId, roomId, userId, type StoredImage } from '#core/types.ts';
import { english, fox, german, parse } from './sample.ts';

const text = (rich: RichText): string => toPlainText(rich);
const timeZone = 'Europe/Berlin';
const image: StoredImage = {
  key: imageKey('aa.png'),
  index: 0,
  seed: 42,
  widthPx: 256,
  heightPx: 256,
  bytes: 1,
  mimeType: 'image/png',
  thumbnail: { key: imageKey('aa.jpg'), widthPx: 64, heightPx: 64, bytes: 1, mimeType: 'image/jpeg' },
  blurhash: '',
  timings: { textMs: 0, denoiseMs: 0, decodeMs: 0, encodeMs: 0 },
};
const job: JobRecord = {
  id: jobId('k7f3'),
  request: fox,
  origin: { platform: 'room', roomId: roomId('r'), eventId: eventId('e'), threadId: eventId('e') },
  requestedBy: userId('@ada:example.org'),
  language: 'en',
  queuedAtMs: Date.UTC(2026, 10, 22, 23, 30),
  state: 'done',
  cancelRequested: false,
  crashes: 0,
  statusRow: 1,
  images: [image, { ...image, index: 1 }],
};

describe('what was found', () => {
  test('newest first, in the room’s time', () => {
    assert.equal(
      text(renderFound({ ...english, jobs: [job], hasMore: false, timeZone })),
      '• k7f3 a red fox · 2 pictures · 23 Nov 2026, 00:30\nThe pictures again: !img sheet k7f3 · more about them: !img info k7f3',
    );
    assert.equal(
      text(renderFound({ ...german, jobs: [job], hasMore: true, timeZone })),
      '• k7f3 a red fox · 2 Bilder · 23.11.2026, 00:30\nEs gibt mehr: Nimm ein Wort dazu, oder seit:gestern.\nDie Bilder noch einmal: !bild kontaktbogen k7f3 · mehr dazu: !bild info k7f3',
    );
  });
});

test('the gallery names each picture', () => {
  const pictures = [{ job, index: 1, atMs: job.queuedAtMs }];
  assert.equal(
    text(renderGallery({ ...english, pictures, timeZone })),
    'Gallery of this room\n• k7f3/A2 a red fox · 23 Nov 2026, 00:30\nMore about a picture: !img info k7f3/A2',
  );
  assert.match(
    text(renderGallery({ ...german, pictures, timeZone })),
    /^Galerie dieses Raums\n[^]*\nMehr zu einem Bild: !bild info k7f3\/A2$/u,
  );
});

test('limits tell what is used and when it frees up', () => {
  const uses = {
    person: { used: { pictures: 498, workMs: 12_345 }, limit: { pictures: 500, workMs: 7_200_000 }, freeAtMs: 3_700_000 },
    room: { used: { pictures: 1200, workMs: 0 }, limit: { pictures: 2000, workMs: 28_800_000 } },
  };
  assert.equal(
    text(renderLimits({ ...english, ...uses, limits, nowMs: 0 })),
    [
      'Used in the last 24 hours, waiting commands included',
      '           Pictures      Computing    Frees up',
      'You        498 of 500    12 s of 2 h  in 1 h 2 min',
      'This room  1200 of 2000  0 s of 8 h   –',
      'At once: 20 pictures of each kind, 100 in a batch, 10 waiting commands.',
    ].join('\n'),
  );
  assert.equal(
    text(renderLimits({ ...german, ...uses, limits, nowMs: 0 })),
    [
      'In den letzten 24 Stunden verbraucht, Wartendes mitgezählt',
      '             Bilder         Rechenzeit       Wird frei',
      'Du           498 von 500    12 s von 2 Std.  in 1 Std. 2 min',
      'Dieser Raum  1200 von 2000  0 s von 8 Std.   –',
      'Auf einmal: 20 Bilder je Art, 100 in einem Stapel, 10 wartende Befehle.',
    ].join('\n'),
  );
});

test('settings say what was changed in the chat, and how', () => {
  const rows = [
    { name: 'maxCount', value: 20, isChanged: false },
    { name: 'askAbove', value: 8, isChanged: true },
  ];
  for (const [voice, note] of [
    [english, 'changed in chat'],
    [german, 'im Chat geändert'],
  ] as const) {
    const rich = renderLimitSettings({ ...voice, rows });
    assert.match(text(rich), new RegExp(`askAbove\\s+8\\s+${note}$`, 'mu'));
    const examples = rich.flatMap((block) => (block.kind === 'paragraph' ? block.spans : [])).filter(({ style }) => style === 'code');
    assert.equal(examples.length, 2);
    for (const example of examples) {
      const parsed = parse(example.text);
      assert.ok(parsed?.ok === true && parsed.command.kind === 'admin', example.text);
    }
  }
});
