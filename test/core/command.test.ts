import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultPrefixes, parseDraw, parseMessage, prefixFor } from '#core/command.ts';
import { commandIn, drawIn, parse, problemIn, wishOf } from './sample.ts';

describe('who is spoken to', () => {
  const inRoom = { prefixes: defaultPrefixes, isDirect: false, language: undefined } as const;

  for (const text of ['hello', '', '   ', 'img a fox', '!imgfox', '! img a fox', 'look: !img a fox', '!help', '\u200b']) {
    test(`${JSON.stringify(text)} is not for the bot`, () => assert.equal(parseMessage(text, inRoom), undefined));
  }

  for (const text of ['!img a fox', '!IMG a fox', '  !Img\u00a0a fox ', '!img\na\nfox', '!i\u200bmg a fox', '!img\ta  fox']) {
    test(`${JSON.stringify(text)} draws a fox`, () => assert.equal(drawIn(text).prompt, 'a fox'));
  }

  test('a direct message needs no prefix and may have one', () => {
    for (const text of ['a fox', '!img a fox']) {
      const parsed = parseMessage(text, { ...inRoom, isDirect: true });
      assert.ok(parsed?.ok === true && parsed.command.kind === 'draw');
      assert.equal(parsed.command.prompt, 'a fox');
    }
    assert.equal(parseMessage(' \n', { ...inRoom, isDirect: true }), undefined);
  });

  test('the prefix is configurable', () => {
    const prefixes = [{ text: '/imagine', language: 'en' }] as const;
    assert.equal(parseMessage('!img a fox', { ...inRoom, prefixes }), undefined);
    assert.equal(parseMessage('/imagine a fox', { ...inRoom, prefixes })?.ok, true);
    assert.equal(prefixFor(prefixes, 'de'), '/imagine');
    assert.equal(prefixFor(defaultPrefixes, 'de'), '!bild');
  });
});

describe('the language of the answer', () => {
  test('is the room’s where it is set', () => {
    assert.equal(parse('!bild ein Fuchs', 'en')?.language, 'en');
    assert.equal(parse('!img hilfe', 'en')?.language, 'en');
    assert.equal(parse('!img a fox', 'de')?.language, 'de');
  });

  test('else that of a German verb, else that of the prefix', () => {
    assert.equal(parse('!img a fox')?.language, 'en');
    assert.equal(parse('!bild ein Fuchs')?.language, 'de');
    assert.equal(parse('!bild queue')?.language, 'de');
    assert.equal(parse('!img warteschlange')?.language, 'de');
    assert.equal(parse('!img hilfe optionen')?.language, 'de');
    assert.equal(parse('!img info')?.language, 'en');
  });

  test('is known for problems too', () => {
    assert.equal(parse('!bild x --n')?.language, 'de');
    assert.equal(parse('!img x --n')?.language, 'en');
  });
});

describe('verbs', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['!img', { kind: 'help' }],
    ['!bild', { kind: 'help' }],
    ['!img help', { kind: 'help' }],
    ['!img ?', { kind: 'help' }],
    ['!img Hilfe!', { kind: 'help' }],
    ['!img help options', { kind: 'help', topic: 'options' }],
    ['!bild hilfe Motive', { kind: 'help', topic: 'subjects' }],
    ['!img help --seed', { kind: 'help', topic: { option: 'seed' } }],
    ['!bild hilfe Größe', { kind: 'help', topic: { option: 'size' } }],
    ['!img queue', { kind: 'queue' }],
    ['!img Queue?', { kind: 'queue' }],
    ['!bild warteschlange', { kind: 'queue' }],
    ['!img cancel', { kind: 'cancel', target: 'subject' }],
    ['!img stop', { kind: 'cancel', target: 'subject' }],
    ['!img cancel k7f3', { kind: 'cancel', target: 'k7f3' }],
    ['!img cancel K7F3.', { kind: 'cancel', target: 'k7f3' }],
    ['!img cancel mine', { kind: 'cancel', target: 'mine' }],
    ['!bild abbrechen meine', { kind: 'cancel', target: 'mine' }],
    ['!bild stopp alle', { kind: 'cancel', target: 'mine' }],
    ['!img again', { kind: 'again', options: {}, places: {} }],
    ['!img again k7f3', { kind: 'again', job: 'k7f3', options: {}, places: {} }],
    ['!bild noch mal k7f3', { kind: 'again', job: 'k7f3', options: {}, places: {} }],
    ['!bild Noch einmal', { kind: 'again', options: {}, places: {} }],
    ['!bild nochmal --n 4', { kind: 'again', options: { count: 4 }, places: { count: { start: 14, end: 19 } } }],
    ['!img info', { kind: 'info' }],
    ['!img info k7f3', { kind: 'info', job: 'k7f3' }],
    ['!img info b2', { kind: 'info', cell: { row: 1, column: 1 } }],
    ['!img info k7f3/A2', { kind: 'info', job: 'k7f3', cell: { row: 0, column: 1 } }],
    ['!img info k7f3 d5', { kind: 'info', job: 'k7f3', cell: { row: 3, column: 4 } }],
    ['!img models', { kind: 'models' }],
    ['!bild Modelle', { kind: 'models' }],
    ['!img lang de', { kind: 'lang', language: 'de' }],
    ['!bild sprache Englisch', { kind: 'lang', language: 'en' }],
  ];
  for (const [text, command] of cases) test(text, () => assert.deepEqual(commandIn(text), command));

  for (const prompt of [
    'cancel the meeting',
    'stop sign',
    'queue of penguins',
    'help me draw a cat',
    'info desk in an airport',
    'info k7f3/roof',
    'again and again',
    'models on a catwalk',
    'lang lebe der König',
    'my queue',
    'cancel K7F3 mine',
  ]) {
    test(`«${prompt}» is a prompt`, () => assert.equal(drawIn(`!img ${prompt}`).prompt, prompt));
  }

  for (const verb of ['queue', 'cancel mine', 'again', 'help', 'models', 'lang de']) {
    test(`«-- ${verb}» is a prompt`, () => assert.equal(drawIn(`!img -- ${verb}`).prompt, verb));
    test(`«— ${verb}», autocorrected, is a prompt`, () => assert.equal(drawIn(`!img — ${verb}`).prompt, verb));
  }

  test('a verb with flags that it has not is a prompt', () =>
    assert.deepEqual(wishOf('!img queue --n 2'), { prompt: 'queue', options: { count: 2 } }));

  test('an impossible job id is still taken for one', () =>
    assert.deepEqual(commandIn('!img cancel k7fo'), { kind: 'cancel', target: 'k7fo' }));

  test('what is wrong with a verb is said', () => {
    assert.equal(problemIn('!img lang').code, 'language_missing');
    assert.deepEqual(problemIn('!img lang fr'), { code: 'language_unknown', params: { value: 'fr' }, place: { start: 10, end: 12 } });
    assert.deepEqual(problemIn('!img help optoins').params, { topic: 'optoins', suggestion: 'options' });
  });
});

describe('prompts', () => {
  test('quotes around the whole are not part of it', () => {
    assert.equal(drawIn('!img "a red fox" --n 4').prompt, 'a red fox');
    assert.equal(drawIn('!bild „ein roter Fuchs“').prompt, 'ein roter Fuchs');
    assert.equal(drawIn('!img a sign saying "open"').prompt, 'a sign saying "open"');
    assert.equal(drawIn('!img "left" and "right"').prompt, '"left" and "right"');
  });

  test('control, bidi and zero-width characters are removed, white space is one blank, letters are NFC', () => {
    assert.equal(drawIn('!img a\u0000 \u202ered\u202c\u2066 f\u200box\u2069\u0007').prompt, 'a red fox');
    assert.equal(drawIn('!img a\u00a0red\r\n\r\n\u3000fox').prompt, 'a red fox');
    assert.equal(drawIn('!img ein Bu\u0308ffel').prompt, 'ein Büffel');
    assert.equal(drawIn('!img a \ud800fox \u{e0041}\u{e0042}').prompt, 'a fox');
  });

  test('joiners stay where they are seen', () => {
    assert.equal(drawIn('!img 👩\u200d🚀 and ❤\ufe0f').prompt, '👩\u200d🚀 and ❤\ufe0f');
    assert.equal(drawIn('!img می\u200cخواهم').prompt, 'می\u200cخواهم');
    assert.equal(drawIn('!img fo\u200dx').prompt, 'fox');
    assert.equal(drawIn('!img a\u00a0\u200dé').prompt, 'a é');
  });

  test('markup is only text', () =>
    assert.equal(drawIn('!img <b>fox</b> <script>alert(1)</script>').prompt, '<b>fox</b> <script>alert(1)</script>'));

  test('an empty prompt is a problem, and says when a flag took its words', () => {
    assert.deepEqual(problemIn('!img --n 4'), { code: 'prompt_empty', params: {}, place: { start: 5, end: 10 } });
    assert.deepEqual(problemIn('!img --no text a fox').params, { swallowedBy: '--no' });
    assert.equal(problemIn('!img --').code, 'prompt_empty');
    assert.equal(problemIn('!img -- \u200b').code, 'prompt_empty');
  });

  test('length is counted in characters and bounded', () => {
    assert.equal(drawIn(`!img ${'🦊'.repeat(2000)}`).prompt.length, 4000);
    assert.deepEqual(problemIn(`!img ${'y'.repeat(2001)}`).params, { length: 2001, limit: 2000 });
    assert.deepEqual(problemIn(`!img ${'y'.repeat(10_240)}`).params, { length: 10_240, limit: 2000 });
    assert.deepEqual(problemIn(`!img ${'word '.repeat(20_000)}`).params, { length: 99_999, limit: 2000 });
    assert.equal(problemIn(`!img x --no ${'y'.repeat(2001)}`).code, 'negative_too_long');
  });
});

describe('arguments of a shell', () => {
  test('a quoted argument is one word', () => {
    const read = parseDraw(['a red  apple', '--n', '4', '--no', 'text, blur', '--hq']);
    assert.ok(read.ok);
    assert.equal(read.value.prompt, 'a red apple');
    assert.deepEqual(read.value.options, { count: 4, negativePrompt: 'text, blur', hq: true });
  });

  test('verbs have no meaning', () => {
    const read = parseDraw(['queue']);
    assert.ok(read.ok && read.value.prompt === 'queue');
  });

  test('problems are the same', () => {
    const read = parseDraw(['a fox', '--sede', '4']);
    assert.ok(!read.ok);
    assert.deepEqual(read.problem, {
      code: 'flag_unknown',
      params: { flag: '--sede', suggestion: '--seed' },
      place: { start: 6, end: 12 },
    });
  });
});
