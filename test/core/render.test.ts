import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDuration, formatEta, formatPercent } from '#core/format.ts';
import { cellName, isJobId, jobIdAlphabet, readCell, readJobId } from '#core/job-names.ts';
import { helpTopics, topicName } from '#core/help-topics.ts';
import { limits } from '#core/limits.ts';
import { renderHelp } from '#core/render-help.ts';
import { renderInfo, renderModels, renderQueue } from '#core/render-lists.ts';
import { altText, renderCaption } from '#core/render-caption.ts';
import { renderDone } from '#core/render-done.ts';
import { renderAccepted, renderCancelled, renderFailed, renderProblem, renderProgress } from '#core/render.ts';
import { toPlainText, type RichText, type Span } from '#core/rich-text.ts';
import { imageKey, jobId, type StoredImage } from '#core/types.ts';
import { verbNames, verbRow } from '#core/verbs.ts';
import { commandIn, english, fox, german, parse, problemIn, smallModel, turboModel } from './sample.ts';

const id = jobId('k7f3');
const stages = { textMs: 12, denoiseMs: 4900, decodeMs: 800, encodeMs: 100 };
const timings = { ...stages, waitedMs: 2100, workMs: 5800 };
const image: StoredImage = {
  key: imageKey(`${'9f'.repeat(32)}.png`),
  index: 1,
  seed: 43,
  widthPx: 256,
  heightPx: 256,
  bytes: 1000,
  mimeType: 'image/png',
  thumbnail: { key: imageKey('aa.jpg'), widthPx: 64, heightPx: 64, bytes: 10, mimeType: 'image/jpeg' },
  blurhash: 'L0',
  modelHash: 'abc123',
  timings: { textMs: 3, denoiseMs: 120, decodeMs: 40, encodeMs: 7 },
};

const text = (rich: RichText): string => toPlainText(rich);

describe('durations', () => {
  const cases: readonly (readonly [number, string, string])[] = [
    [0, '0 ms', '0 ms'],
    [0.4, '0 ms', '0 ms'],
    [12.4, '12 ms', '12 ms'],
    [99.6, '0.1 s', '0,1 s'],
    [800, '0.8 s', '0,8 s'],
    [1450, '1.45 s', '1,45 s'],
    [9994, '9.99 s', '9,99 s'],
    [9999, '10 s', '10 s'],
    [12_340, '12.3 s', '12,3 s'],
    [59_970, '1 min', '1 min'],
    [125_000, '2 min 5 s', '2 min 5 s'],
    [3_840_000, '1 h 4 min', '1 Std. 4 min'],
  ];
  for (const [ms, inEnglish, inGerman] of cases) {
    test(`${ms} ms`, () => {
      assert.equal(formatDuration(ms, 'en'), inEnglish);
      assert.equal(formatDuration(ms, 'de'), inGerman);
    });
  }

  test('forecasts are coarse and never zero', () => {
    assert.deepEqual(
      [0, 900, 4321, 11_000, 61_000, 150_000].map((ms) => formatEta(ms, 'en')),
      ['1 s', '1 s', '5 s', '15 s', '2 min', '3 min'],
    );
  });

  test('percent', () => {
    assert.equal(formatPercent(0.459, 'en'), '45%');
    assert.equal(formatPercent(0.459, 'de'), '45\u00a0%');
  });
});

describe('names', () => {
  test('of cells go by fives and back', () => {
    assert.deepEqual(
      [0, 4, 5, 19].map((index) => cellName(index)),
      ['A1', 'A5', 'B1', 'D5'],
    );
    assert.equal(cellName(7, 3), 'C2');
    for (const typed of ['A0', 'A21', 'AA1', '1A', 'A', '', 'Ä1', 'A01']) assert.equal(readCell(typed), undefined, typed);
  });

  test('of jobs hold a letter and a digit and no look-alikes', () => {
    for (const good of ['k7f3', '2abc', 'k7f3k7', 'x38a', 'a385x']) assert.ok(isJobId(good));
    for (const bad of ['k7f', 'fish', '2345', 'k7f0', 'k7fl', 'K7F3', 'k7f-3', 'x385', '385x']) assert.ok(!isJobId(bad), bad);
    assert.doesNotMatch(jobIdAlphabet, /[01ilouv]/u);
    assert.equal(new Set(jobIdAlphabet).size, jobIdAlphabet.length);
    assert.equal(readJobId('K7F3'), 'k7f3');
    assert.equal(readJobId('2345'), undefined);
    assert.equal(readJobId('fish'), undefined);
  });
});

describe('a job’s way', () => {
  test('accepted', () => {
    assert.equal(
      text(renderAccepted({ ...english, jobId: id, request: fox, picturesAhead: 3, etaMs: 4321 })),
      'k7f3 4 pictures 256×256 · seed 42 · 3 pictures ahead · ready in about 5 s · !img cancel k7f3',
    );
    assert.equal(
      text(renderAccepted({ ...german, jobId: id, request: { ...fox, count: 1 }, picturesAhead: 0 })),
      'k7f3 1 Bild 256×256 · Seed 42 · beginnt gleich',
    );
    assert.match(
      text(renderAccepted({ ...german, jobId: id, request: fox, picturesAhead: 1, etaMs: 61_000 })),
      /1 Bild davor · fertig in etwa 2 min · !bild abbrechen k7f3$/u,
    );
  });

  test('accepted while the queue is paused: nothing is promised', () => {
    assert.equal(
      text(renderAccepted({ ...english, jobId: id, request: { ...fox, count: 1 }, picturesAhead: 0, etaMs: 4321, isPaused: true })),
      'k7f3 1 picture 256×256 · seed 42\nAn admin has paused the queue: your pictures are drawn when it goes on.',
    );
  });

  test('progress', () => {
    const progress = { jobId: id, request: fox, done: 1, step: 4, steps: 8, etaMs: 4321 };
    assert.equal(text(renderProgress({ ...english, ...progress })), 'k7f3 ▓▓▓░░░░░░░ 37% · picture 2 of 4 · step 4/8 · about 5 s left');
    assert.equal(
      text(renderProgress({ ...german, ...progress })),
      'k7f3 ▓▓▓░░░░░░░ 37\u00a0% · Bild 2 von 4 · Schritt 4/8 · noch etwa 5 s',
    );
    assert.equal(
      text(renderProgress({ language: 'en', jobId: id, request: { ...fox, count: 1 }, done: 1, step: 0, steps: 8 })),
      'k7f3 ▓▓▓▓▓▓▓▓▓▓ 100% · step 0/8',
    );
  });

  test('done: the timing line', () => {
    const done = { jobId: id, request: fox, timings, images: 4, provider: 'cuda', modelTitle: 'sdxl-turbo' };
    assert.equal(
      text(renderDone({ ...english, ...done })),
      '4 images 256×256 in 5.8 s · 1.45 s each · waited 2.1 s · text 12 ms · denoise 4.9 s · decode 0.8 s · encode 0.1 s · fast · sdxl-turbo · CUDA · k7f3',
    );
    assert.equal(
      text(renderDone({ ...german, ...done, provider: 'cpu' })),
      '4 Bilder 256×256 in 5,8 s · je 1,45 s · gewartet 2,1 s · Text 12 ms · Entrauschen 4,9 s · Dekodieren 0,8 s · Kodieren 0,1 s · schnell · sdxl-turbo · CPU · k7f3',
    );
    assert.match(text(renderDone({ ...english, ...done, images: 1 })), /^1 image 256×256 in 5\.8 s · waited/u);
    assert.match(text(renderDone({ ...german, ...done, images: 1 })), /^1 Bild 256×256 in 5,8 s · gewartet/u);
  });

  test('done: what did not go as asked', () => {
    const done = {
      ...english,
      jobId: id,
      request: fox,
      timings,
      images: 4,
      provider: 'cpu',
      modelTitle: 'm',
      droppedPrompt: 'and so on',
      restarted: true,
    };
    const lines = text(renderDone(done)).split('\n').slice(1);
    assert.deepEqual(lines, [
      'The prompt was longer than the model can read; these words had no effect: «and so on». Put what matters first.',
      'Job k7f3 was interrupted by a restart; what was unfinished was drawn again with the same seed.',
    ]);
    assert.equal(renderDone({ ...done, droppedPrompt: '', restarted: false }).length, 1);
  });

  test('failed', () => {
    assert.equal(
      text(renderFailed({ ...english, jobId: id, error: 'out_of_memory' })),
      'Job k7f3 failed: the machine ran out of memory. Ask for a smaller picture with --size, or leave out --hq.',
    );
    assert.match(
      text(renderFailed({ ...german, jobId: id, error: 'engine_crashed' })),
      /^Auftrag k7f3 ist gescheitert: .* !bild nochmal noch einmal/u,
    );
  });

  test('cancelled', () => {
    const cancelled = { jobId: id, count: 4 };
    assert.equal(text(renderCancelled({ ...english, ...cancelled, finished: 0 })), 'k7f3 cancelled before a picture was finished.');
    assert.equal(text(renderCancelled({ ...english, ...cancelled, finished: 2 })), 'k7f3 cancelled: 2 of 4 pictures finished.');
    assert.equal(text(renderCancelled({ ...german, ...cancelled, finished: 0 })), 'k7f3 abgebrochen, bevor ein Bild fertig war.');
    assert.equal(text(renderCancelled({ ...german, ...cancelled, finished: 1 })), 'k7f3 abgebrochen: 1 von 4 Bildern ist fertig.');
  });
});

describe('a picture', () => {
  test('has a caption with all that matters', () => {
    const caption = { jobId: id, cell: 'A2', request: fox, image };
    assert.equal(text(renderCaption({ ...caption, language: 'en' })), 'k7f3/A2 a red fox · seed 43 · 256×256 · 0.17 s · AI-generated');
    assert.equal(text(renderCaption({ ...caption, language: 'de' })), 'k7f3/A2 a red fox · Seed 43 · 256×256 · 0,17 s · KI-generiert');
  });

  test('has a text for those who can’t see it', () => {
    assert.equal(altText({ request: fox, language: 'en' }), 'AI-generated picture: a red fox');
    assert.equal(altText({ request: fox, language: 'de' }), 'KI-generiertes Bild: a red fox');
  });

  test('long prompts are cut, whole characters only', () => {
    const long = { ...fox, prompt: '🦊'.repeat(1000) };
    const caption = text(renderCaption({ jobId: id, cell: 'A1', request: long, image, language: 'en' }));
    assert.match(caption, /^k7f3\/A1 🦊{199}… · seed/u);
    assert.ok(caption.isWellFormed());
  });
});

describe('problems', () => {
  const shown = (typed: string): string => text(renderProblem({ ...english, problem: problemIn(typed), text: typed }));

  test('are shown in their place', () => {
    assert.equal(
      shown('!img a fox --stpes 4'),
      "I don't know the option --stpes: did you mean --steps?\n!img a fox --stpes 4\n           ^^^^^^^",
    );
  });

  test('are shown in their place inside quotation marks, without blanks that nobody typed', () => {
    assert.deepEqual(shown('!img plan "30 Feb 09:00" a fox').split('\n').slice(1), [
      '!img plan "30 Feb 09:00" a fox',
      '           ^^^^^^^^^^^^',
    ]);
  });

  test('only what is around is shown of a long message, on one line', () => {
    const [, line = '', carets = ''] = shown(`!img ${'very '.repeat(50)}\nred fox --stpes 4 ${'and '.repeat(50)}`).split('\n');
    assert.equal(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), '--stpes');
    assert.ok(line.startsWith('…') && line.endsWith('…') && line.length < 80, line);
  });

  test('without a place are one sentence', () => assert.equal(shown(`!img ${'y'.repeat(2001)}`).split('\n').length, 1));

  test('hidden characters of a message are not sent back', () => {
    assert.doesNotMatch(shown('!img a \u202efox --stpes\u0007 4').replaceAll('\n', ''), /\p{Cc}|\p{Cf}/u);
  });
});

describe('help', () => {
  const help = { model: smallModel, limits };
  const examplesIn = (rich: RichText): readonly string[] =>
    rich.flatMap((block) => (block.kind === 'list' ? block.items : [])).map((item) => item[0]?.text ?? '');
  const codeIn = (rich: RichText): readonly Span[] =>
    rich
      .flatMap((block) => (block.kind === 'list' ? block.items.flat() : block.kind === 'paragraph' ? block.spans : []))
      .filter(({ style }) => style === 'code');

  test('is short, and everything in it can be typed', () => {
    for (const voice of [english, german]) {
      const rich = renderHelp(undefined, { ...voice, ...help });
      assert.ok(text(rich).length < 1000, String(text(rich).length));
      for (const typed of examplesIn(rich)) assert.equal(parse(typed)?.ok, true, typed);
      for (const { text: shown } of codeIn(rich)) {
        if (shown.startsWith(voice.prefix)) assert.equal(parse(shown)?.ok, true, shown);
      }
    }
  });

  for (const topic of ['styles', 'pictures', 'schedules', 'admins'] as const) {
    test(`on ${topic} teaches by examples that are what they say`, () => {
      for (const voice of [english, german]) {
        const rich = renderHelp(topic, { ...voice, ...help });
        assert.ok(text(rich).length < 1500, String(text(rich).length));
        assert.ok(examplesIn(rich).length >= 7);
        for (const typed of examplesIn(rich)) {
          const parsed = parse(typed);
          assert.ok(parsed?.ok, typed);
          const isWish = / (a|ein) (\(?red|\(?roter|\{|fox|Fuchs)/u.test(typed) && !typed.includes(' plan ');
          assert.equal(parsed.command.kind === 'draw', isWish, `${typed} is ${parsed.command.kind}`);
        }
        // Commands inside a sentence are commands as well.
        for (const { text: inline } of codeIn(rich)) {
          if (inline.startsWith(voice.prefix) || !inline.includes(' ')) continue;
          const parsed = parse(`${voice.prefix} ${inline}`);
          assert.ok(parsed?.ok && parsed.command.kind !== 'draw', inline);
        }
      }
    });
  }

  test('has a text for every topic, command and option', () => {
    for (const voice of [english, german]) {
      for (const topic of helpTopics) {
        assert.deepEqual(commandIn(`${voice.prefix} help ${topicName(topic, voice.language)}`), { kind: 'help', topic });
        assert.ok(renderHelp(topic, { ...voice, ...help }).length > 1, topic);
      }
      const all = text(renderHelp('commands', { ...voice, ...help }));
      for (const name of verbNames) {
        const [shown = ''] = verbRow(name).names[voice.language];
        assert.ok(all.includes(`${voice.prefix} ${shown}`), name);
        if (!shown.includes(' ')) assert.equal(parse(`${voice.prefix} help ${shown}`)?.ok, true, shown);
      }
    }
    assert.equal(
      text(renderHelp({ verb: 'upscale' }, { ...english, ...help })),
      '!img up [A2] [x2|x4|x8] – the picture larger, with finer edges\nAlso: upscale · enlarge · hoch · hochskalieren · vergrößern',
    );
    assert.deepEqual(commandIn('!img help fix'), { kind: 'help', topic: { verb: 'enhance' } });
    assert.deepEqual(commandIn('!img help --fix'), { kind: 'help', topic: { option: 'enhance' } });
    assert.deepEqual(commandIn('!img help no'), { kind: 'help', topic: { option: 'negativePrompt' } });
  });

  test('knows what the model draws', () => {
    assert.match(
      text(renderHelp('subjects', { ...german, ...help })),
      /^Blitzbild mini kennt 3 Dinge:\n• Tiere: Fuchs, Katze\n• Essen: Eis\n• Hintergründe: rot, im Schnee\n• Stile: Pixelkunst\n• Lage und Größe: links\nZum Beispiel:\n• !bild ein roter Fuchs/u,
    );
    assert.match(text(renderHelp('subjects', { ...english, ...help, model: turboModel })), /^Turbo draws what words can describe\./u);
  });

  test('lists the options with the model’s own limits', () => {
    assert.match(text(renderHelp('options', { ...english, ...help })), /• --steps N or --sampling-steps – .* \(1 to 50\)/u);
    assert.match(text(renderHelp('options', { ...german, ...help, model: turboModel })), /• --steps N oder --schritte – .* \(1 bis 8\)/u);
    assert.match(
      text(renderHelp({ option: 'size' }, { ...english, ...help })),
      /256×256, 384×256, 512×512.*\n.*\nExample: !img a red fox --size 256x256$/su,
    );
  });

  test('tells the limits and the commands', () => {
    assert.match(text(renderHelp('limits', { ...german, ...help })), /Zeichen eines Prompts.*2\.000/u);
    assert.match(text(renderHelp('commands', { ...german, ...help })), /!bild abbrechen \[k7f3\|meine\]/u);
  });
});

describe('lists', () => {
  test('the queue names jobs, not prompts', () => {
    const entries = [
      { jobId: id, count: 4, isMine: true, state: 'running', etaMs: 4321 },
      { jobId: jobId('m2p4'), count: 1, isMine: false, state: 'waiting', etaMs: undefined },
    ] as const;
    assert.equal(
      text(renderQueue({ ...english, entries })),
      'Job           Pictures  State    Ready in\nk7f3 (yours)  4         running  about 5 s\nm2p4          1         waiting  –',
    );
    assert.match(text(renderQueue({ ...german, entries })), /k7f3 \(deiner\)\s+4\s+läuft\s+etwa 5 s/u);
  });

  test('a paused queue says so and promises no times', () => {
    const entries = [{ jobId: id, count: 4, isMine: true, state: 'waiting', etaMs: 4321 }] as const;
    const paused = { entries, isPaused: true } as const;
    assert.match(text(renderQueue({ ...english, ...paused })), /^The queue is paused: .*\n[\s\S]*k7f3 \(yours\) .* waiting +–$/u);
    assert.match(text(renderQueue({ ...german, ...paused })), /^Die Warteschlange ruht: /u);
    assert.doesNotMatch(text(renderQueue({ ...english, ...paused, entries: [] })), /right away/u);
  });

  test('a long queue is cut, one’s own jobs are not', () => {
    const entries = Array.from({ length: 40 }, (_, index) => ({
      jobId: jobId(`k${index + 100}`),
      count: 1,
      isMine: index === 39,
      state: 'waiting' as const,
      etaMs: undefined,
    }));
    const shown = text(renderQueue({ ...english, entries }));
    assert.match(shown, /k139 \(yours\)/u);
    assert.match(shown, /… and 27 more\.$/u);
  });

  test('an empty queue invites', () => {
    assert.equal(text(renderQueue({ ...english, entries: [] })), 'The queue is empty: !img a red fox starts right away.');
    assert.equal(
      text(renderQueue({ ...german, entries: [] })),
      'Die Warteschlange ist leer: Mit !bild ein roter Fuchs bist du sofort dran.',
    );
  });

  test('models with their licences', () => {
    const engine = {
      provider: 'cpu',
      attempts: [
        { provider: 'cuda', ok: false, reason: 'no libraries' },
        { provider: 'cpu', ok: true },
      ],
    };
    const shown = text(renderModels({ ...english, models: [smallModel, turboModel], active: 'turbo', engine }));
    assert.match(shown, /blitzbild-mini\s+Blitzbild mini\s+MIT\s+256×256, 384×256, 512×512\s+8 \/ 16/u);
    assert.match(shown, /turbo ✓\s+Turbo\s+Apache-2\.0\s+256 to 1024 px a side, at most 1\.05 megapixels/u);
    assert.match(shown, /^Computed on CPU\. Not used: CUDA: no libraries$/mu);
    assert.match(shown, /Another one for one command: !img … --model blitzbild-mini$/mu);
  });

  test('info of a job', () => {
    const info = {
      jobId: id,
      request: fox,
      state: 'done',
      images: [image],
      timings,
      provider: 'cpu',
      models: [smallModel],
      activeModel: 'blitzbild-mini',
    } as const;
    const shown = text(renderInfo({ ...english, ...info }));
    for (const fact of [
      'a red fox',
      '42 … 45',
      '256×256',
      'Blitzbild mini (blitzbild-mini)',
      'abc123',
      'CPU',
      'waited 2.1 s',
      '9f'.repeat(32),
    ]) {
      assert.ok(shown.includes(fact), fact);
    }
    assert.ok(!shown.includes('.png') && !shown.includes('Without'));
    assert.match(shown, /The very same again:\n!img a red fox --n 4 --seed 42$/u);
  });

  test('info of one picture is a request for that picture', () => {
    const info = {
      jobId: id,
      request: fox,
      state: 'done',
      images: [image],
      timings,
      models: [smallModel],
      activeModel: 'blitzbild-mini',
      cell: 1,
    } as const;
    const shown = text(renderInfo({ ...german, ...info }));
    assert.match(shown, /^k7f3\/A2\n/u);
    assert.match(shown, /Entrauschen 0,12 s/u);
    assert.match(shown, /Noch einmal genau so:\n!bild a red fox --seed 43$/u);
  });
});
