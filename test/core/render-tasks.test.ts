/** What the room reads about each kind of job, in both languages. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '#core/limits.ts';
import { message } from '#core/messages.ts';
import { renderInfo } from '#core/render-lists.ts';
import { altText, renderCaption, renderSheetCaption } from '#core/render-caption.ts';
import { renderDone } from '#core/render-done.ts';
import { renderAccepted, renderProgress } from '#core/render.ts';
import { resolveRequest } from '#core/request.ts';
import { toPlainText, type RichText } from '#core/rich-text.ts';
import { imageKey, jobId, type ImageRequest, type Source, type StageTimings, type StoredImage, type Task } from '#core/types.ts';
import { drawIn, english, fox, german, smallModel, styles, turboModel } from './sample.ts';

const id = jobId('m2p4');
const text = (rich: RichText): string => toPlainText(rich);

function requestOf(typed: string): ImageRequest {
  const models = (name: string) => (name === 'turbo' ? turboModel : undefined);
  const result = resolveRequest(drawIn(`!img ${typed}`), { model: smallModel, seed: 42, limits, styles, models });
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

const own: Source = { key: imageKey('a.png'), widthPx: 256, heightPx: 256, job: jobId('k7f3'), index: 3, cell: 'B1' };
const uploaded: Source = { key: imageKey('b.bin'), widthPx: 256, heightPx: 256 };
const large: ImageRequest = { ...fox, count: 1, widthPx: 1024, heightPx: 1024 };
/** Of somebody's own picture, nothing is known but its size. */
const ofUpload = (request: ImageRequest): ImageRequest => ({ ...request, prompt: '', model: '', seed: 0, steps: 1 });
const init = { key: own.key, strength: 0.4 };

type Case = { readonly request: ImageRequest; readonly task?: Task };
const batch: Case = { request: requestOf('a {red, blue} bird --style comic,photo --n 5') };
const mixed: Case = { request: requestOf('a fox --style comic,large --n 2') };
const cases = {
  vary: { request: { ...fox, init }, task: { kind: 'vary', source: own } },
  varyUpload: { request: { ...fox, prompt: '', init }, task: { kind: 'vary', source: uploaded } },
  replay: { request: fox, task: { kind: 'replay', job: jobId('k7f3'), first: 0 } },
  edit: { request: fox, task: { kind: 'edit', job: jobId('k7f3') } },
  upscale: { request: large, task: { kind: 'upscale', source: own, factor: 4 } },
  upscaleUpload: { request: ofUpload(large), task: { kind: 'upscale', source: uploaded, factor: 4 } },
  enhance: { request: { ...fox, count: 1 }, task: { kind: 'enhance', source: own } },
  enhanceUpload: { request: ofUpload({ ...fox, count: 1 }), task: { kind: 'enhance', source: uploaded } },
} as const satisfies Record<string, Case>;

describe('accepted', () => {
  const accepted = ({ request, task }: Case): readonly string[] =>
    [english, german].map((voice) => text(renderAccepted({ ...voice, jobId: id, request, task, picturesAhead: 0 })));
  const expected: readonly (readonly [Case, string, string])[] = [
    [batch, 'm2p4 20 pictures (4 × 5) 256×256 · seed 42 · starts right away', 'm2p4 20 Bilder (4 × 5) 256×256 · Seed 42 · beginnt gleich'],
    // Rows of different sizes.
    [mixed, 'm2p4 4 pictures (2 × 2) · seed 42 · starts right away', 'm2p4 4 Bilder (2 × 2) · Seed 42 · beginnt gleich'],
    [
      cases.vary,
      'm2p4 4 pictures 256×256 · from k7f3/B1 · seed 42 · starts right away',
      'm2p4 4 Bilder 256×256 · aus k7f3/B1 · Seed 42 · beginnt gleich',
    ],
    [
      cases.varyUpload,
      'm2p4 4 pictures 256×256 · from an uploaded picture · seed 42 · starts right away',
      'm2p4 4 Bilder 256×256 · aus einem hochgeladenen Bild · Seed 42 · beginnt gleich',
    ],
    [
      cases.replay,
      'm2p4 4 pictures 256×256 · exactly as k7f3 · seed 42 · starts right away',
      'm2p4 4 Bilder 256×256 · genau wie k7f3 · Seed 42 · beginnt gleich',
    ],
    [cases.edit, 'm2p4 4 pictures 256×256 · seed 42 · starts right away', 'm2p4 4 Bilder 256×256 · Seed 42 · beginnt gleich'],
    [
      cases.upscale,
      'm2p4 k7f3/B1 enlarged ×4 to 1024×1024 · starts right away',
      'm2p4 Vergrößerung ×4 von k7f3/B1 auf 1024×1024 · beginnt gleich',
    ],
    [
      cases.upscaleUpload,
      'm2p4 an uploaded picture enlarged ×4 to 1024×1024 · starts right away',
      'm2p4 Vergrößerung ×4 von einem hochgeladenen Bild auf 1024×1024 · beginnt gleich',
    ],
    [cases.enhance, 'm2p4 contrast and sharpness of k7f3/B1 · starts right away', 'm2p4 Kontrast und Schärfe von k7f3/B1 · beginnt gleich'],
    [
      cases.enhanceUpload,
      'm2p4 contrast and sharpness of an uploaded picture · starts right away',
      'm2p4 Kontrast und Schärfe von einem hochgeladenen Bild · beginnt gleich',
    ],
  ];
  for (const [job, inEnglish, inGerman] of expected) test(inEnglish, () => assert.deepEqual(accepted(job), [inEnglish, inGerman]));

  test('while the queue is paused, no time is promised', () => {
    const paused = { jobId: id, request: fox, picturesAhead: 0, etaMs: 5000, isPaused: true };
    assert.doesNotMatch(text(renderAccepted({ ...english, ...paused })), /right away|about/u);
    assert.match(text(renderAccepted({ ...english, ...paused })), /\nAn admin has paused the queue/u);
    assert.match(text(renderAccepted({ ...german, ...paused })), /\nEin Admin hat die Warteschlange angehalten/u);
  });
});

describe('progress', () => {
  const at = ({ request, task }: Case, step: number, steps: number, voice = english): string =>
    text(renderProgress({ ...voice, jobId: id, request, task, done: 0, step, steps }));

  test('counts steps, tiles, or nothing', () => {
    assert.match(at(cases.upscale, 2, 9), /22% · tile 2\/9$/u);
    assert.match(at(cases.upscale, 2, 9, german), /· Kachel 2\/9$/u);
    assert.match(at(cases.enhance, 1, 4), /25% · optimising$/u);
    assert.match(at(cases.enhance, 1, 4, german), /· wird optimiert$/u);
    assert.match(at(batch, 2, 8), /picture 1 of 20 · step 2\/8$/u);
    // From a picture, fewer steps are made than were asked for.
    assert.match(at(cases.vary, 3, 3), /step 3\/3$/u);
  });

  test('of a row of its own steps', () => {
    const pixels = { request: requestOf('a fox --style comic,pixel-art') };
    assert.match(text(renderProgress({ ...english, jobId: id, ...pixels, index: 1, done: 1, step: 12, steps: 12 })), /step 12\/12$/u);
  });
});

const drawn: StageTimings = { textMs: 12, denoiseMs: 4900, decodeMs: 800, encodeMs: 100 };
const enlarged: StageTimings = { textMs: 0, denoiseMs: 0, decodeMs: 0, upscaleMs: 900, encodeMs: 100 };
const enhanced: StageTimings = { textMs: 0, denoiseMs: 0, decodeMs: 0, enhanceMs: 90, encodeMs: 100 };

describe('the timing line', () => {
  const line = ({ request, task }: Case, timings: StageTimings, voice = english): string =>
    text(
      renderDone({
        ...voice,
        jobId: id,
        request,
        task,
        timings: { ...timings, waitedMs: 0, workMs: 5800 },
        images: request.count,
        provider: 'cpu',
        modelTitle: 'Mini',
      }),
    );

  test('of a batch names the slowest stage', () => {
    assert.equal(
      line(batch, drawn),
      '20 images 256×256 in 5.8 s · 0.29 s each · waited 0 ms · text 12 ms · denoise 4.9 s · decode 0.8 s · encode 0.1 s · slowest denoise · fast · Mini · CPU · m2p4',
    );
    assert.match(line(batch, drawn, german), /^20 Bilder 256×256 in 5,8 s · je 0,29 s .* · am längsten: Entrauschen · schnell · Mini/u);
    assert.match(line(mixed, drawn), /^4 images in 5\.8 s/u);
  });

  test('of an enlarged or optimised picture has no stages and no model of drawing', () => {
    assert.equal(line(cases.upscale, enlarged), '1 image 1024×1024 in 5.8 s · waited 0 ms · upscale 0.9 s · encode 0.1 s · CPU · m2p4');
    assert.equal(
      line(cases.enhance, enhanced, german),
      '1 Bild 256×256 in 5,8 s · gewartet 0 ms · Optimieren 90 ms · Kodieren 0,1 s · CPU · m2p4',
    );
  });

  test('is followed by notes', () => {
    const notes = [message('enhanced', { contrast: [0.413, 0.82], sharpness: [0.1, 0.153] }, german)];
    const done = { ...german, jobId: id, ...cases.enhance, timings: { ...enhanced, waitedMs: 0, workMs: 190 }, images: 1, provider: 'cpu' };
    assert.match(text(renderDone({ ...done, modelTitle: '', notes })), /\nKontrast 0,41 → 0,82, Schärfe 0,1 → 0,15\.$/u);
  });
});

describe('a picture', () => {
  const image: StoredImage = {
    key: imageKey(`${'9f'.repeat(32)}.png`),
    index: 0,
    seed: 43,
    widthPx: 256,
    heightPx: 256,
    bytes: 1000,
    mimeType: 'image/png',
    thumbnail: { key: imageKey('aa.jpg'), widthPx: 64, heightPx: 64, bytes: 10, mimeType: 'image/jpeg' },
    blurhash: 'L0',
    timings: drawn,
  };
  const caption = ({ request, task }: Case, more: Partial<StoredImage> = {}, voice = english): string =>
    text(renderCaption({ ...voice, jobId: id, cell: 'A1', request, task, image: { ...image, ...more } }));

  test('has a caption with its own words and style', () => {
    assert.equal(caption(batch, { index: 15 }), 'm2p4/A1 a blue bird · photo · seed 43 · 256×256 · 5.81 s · AI-generated');
    assert.equal(caption(mixed, {}, german), 'm2p4/A1 a fox · comic · Seed 43 · 256×256 · 5,81 s · KI-generiert');
  });

  test('says what was done to it, and whose it was', () => {
    const size = { widthPx: 1024, heightPx: 1024, timings: enlarged };
    assert.equal(caption(cases.upscale, size), 'm2p4/A1 a red fox · enlarged ×4 · 1024×1024 · 1 s · AI-generated');
    assert.equal(caption(cases.upscaleUpload, size), 'm2p4/A1 enlarged ×4 · 1024×1024 · 1 s · AI-edited');
    assert.equal(caption(cases.upscaleUpload, size, german), 'm2p4/A1 ×4 vergrößert · 1024×1024 · 1 s · KI-bearbeitet');
    assert.equal(caption(cases.enhance, { timings: enhanced }, german), 'm2p4/A1 a red fox · optimiert · 256×256 · 0,19 s · KI-generiert');
    const measures = { contrast: 0.9, sharpness: 0.2 };
    const enhancement = { before: measures, after: measures, isUnchanged: true };
    assert.match(caption(cases.enhanceUpload, { timings: enhanced, enhancement }), / unchanged · .* AI-edited$/u);
  });

  test('has a text for those who can’t see it, whatever it came from', () => {
    const told = ({ request }: Case): readonly string[] => (['en', 'de'] as const).map((language) => altText({ request, language }));
    assert.deepEqual(told(cases.upscale), ['AI-generated picture: a red fox', 'KI-generiertes Bild: a red fox']);
    assert.deepEqual(told(cases.upscaleUpload), ['AI-edited picture', 'KI-bearbeitetes Bild']);
    assert.deepEqual(told(cases.varyUpload), ['AI-generated picture', 'KI-generiertes Bild']);
  });

  test('the sheet says how many there are', () => {
    assert.equal(
      text(renderSheetCaption({ jobId: id, request: batch.request, made: 20, language: 'en' })),
      'm2p4 a {red, blue} bird · 20 pictures · AI-generated',
    );
    const cut = { jobId: id, request: batch.request, made: 7 } as const;
    assert.match(text(renderSheetCaption({ ...cut, language: 'en' })), / 7 of 20 pictures · /u);
    assert.match(text(renderSheetCaption({ ...cut, language: 'de' })), / 7 von 20 Bildern · /u);
  });

  const info = ({ request, task }: Case, voice = english, cell?: number): string =>
    text(
      renderInfo({
        ...voice,
        jobId: id,
        request,
        task,
        state: 'done',
        images: [image, { ...image, index: 12, seed: 44 }],
        cell,
        models: [smallModel],
        activeModel: smallModel.name,
        provider: 'cpu',
      }),
    );

  test('the facts of a batch are those that all rows share', () => {
    const shown = info(mixed);
    assert.match(shown, /^Style\s+comic, large$/mu);
    assert.doesNotMatch(shown, /^(Size|Steps|Guidance)\s/mu);
    assert.match(shown, /^Model\s+blitzbild-mini, turbo$/mu);
    assert.match(shown, /The very same again:\n!img a fox --n 2 --seed 42 --style comic,large$/u);
    assert.match(info(batch), /^Size\s+256×256$/mu);
    assert.match(info(batch, german), /^Seed\s+42 … 46$/mu);
  });

  test('the facts of one picture of a batch are its own', () => {
    const shown = info(batch, english, 12);
    assert.match(shown, /^m2p4\/C3\n/u);
    assert.match(shown, /^Prompt\s+a red bird$/mu);
    assert.match(shown, /^Style\s+photo$/mu);
    assert.match(shown, /^Expanded\s+a red bird, 3d$/mu);
    assert.match(shown, /!img a red bird --seed 44 --style photo$/u);
  });

  test('tells what it came from, and no command where words alone don’t make it', () => {
    assert.match(info(cases.vary), /^Comes from\s+varied from k7f3\/B1, strength 0\.4$/mu);
    assert.match(info(cases.vary, german), /^Herkunft\s+Variante von k7f3\/B1, Stärke 0,4$/mu);
    assert.match(info(cases.upscaleUpload, german), /^Herkunft\s+×4 vergrößert aus einem hochgeladenen Bild$/mu);
    for (const job of [cases.vary, cases.upscale, cases.enhance]) assert.doesNotMatch(info(job), /!img/u);
    assert.match(info(cases.edit), /!img a red fox/u);
  });
});
