/** What holds for every text, not only for the ones we thought of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { commandOf } from '#core/command-line.ts';
import { defaultPrefixes, parseMessage } from '#core/command.ts';
import { limits } from '#core/limits.ts';
import { findOption, flagOf, optionNames, optionRow } from '#core/options.ts';
import { withoutChoices } from '#core/permutations.ts';
import { cleanText } from '#core/prompt-text.ts';
import { renderProblem } from '#core/render.ts';
import { resolveRequest } from '#core/request.ts';
import { toPlainText } from '#core/rich-text.ts';
import { languages, type ImageRequest } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { drawIn, parse, smallModel, styles, turboModel } from './sample.ts';

const runs = { numRuns: 400 };

const split = (list: string): readonly string[] => list.split(' ');
const nasty = fc.constantFrom(
  ...split(`-- — – - --n —n -n --no --ohne --hq --seed --size --ar --stlye = " „ “ ' \\ / x ×`),
  ...split('queue cancel mine k7f3 A2 help again noch mal lang de 4 -1 1e3 NaN 512x512 16:9 fox 🦊 ß'),
  ...split('up x4 fix vary hoch + find since:today plan 7:00 Mon-Fri */5 * style set show stil photo, pixel quiet 22-6 admin limits yes'),
  ...split('--style --stil --enhance --strength { } , {a,b} {} \\{'),
  ...split('\u200b \u202e \u2066 \u200d \ufeff \0 \ud800 e\u0301 \u0301 \u212a'),
  '\u00a0',
  '\n',
);
const messy = fc
  .array(fc.tuple(fc.oneof(nasty, nasty, fc.string({ unit: 'binary', maxLength: 6 })), fc.constantFrom('', ' ', ' ')), { maxLength: 14 })
  .map((parts) => parts.flat().join(''));
const model = fc.constantFrom<ModelInfo>(smallModel, turboModel);

test('no text throws, and whatever is answered can be written out', () => {
  fc.assert(
    fc.property(messy, fc.boolean(), model, fc.constantFrom(...languages), (text, isDirect, chosen, language) => {
      const typed = isDirect ? text : `!img ${text}`;
      const parsed = parseMessage(typed, { prefixes: defaultPrefixes, isDirect, language });
      if (parsed === undefined) return assert.equal(isDirect && cleanText(text) === '', true);
      const checked =
        parsed.ok && parsed.command.kind === 'draw' ? resolveRequest(parsed.command, { model: chosen, seed: 1, limits, styles }) : parsed;
      if (checked.ok) return;
      const { problem } = checked;
      const answer = toPlainText(renderProblem({ problem, text: typed, language, prefix: '!img' }));
      assert.doesNotMatch(answer, /undefined|NaN(?! )/u.test(typed) ? /$^/u : /undefined|\[object/u);
      assert.ok(answer.length < 900, answer);
      if (problem.place !== undefined) {
        const { start, end } = problem.place;
        assert.ok(start >= 0 && start < end && end <= typed.length, `${start} ${end} ${typed.length}`);
      }
    }),
    { numRuns: 3000 },
  );
});

test('no flag leaks into a prompt', () => {
  fc.assert(
    fc.property(messy, (text) => {
      const parsed = parse(`!img ${text}`);
      if (parsed?.ok !== true || parsed.command.kind !== 'draw') return;
      // Behind `--`, or a — in front of all, everything is meant as it stands.
      if (/(^|\s)(--|[—―])(\s|$)/u.test(cleanText(text))) return;
      for (const word of parsed.command.prompt.split(' ')) assert.doesNotMatch(word, /^(--|—|–)\p{L}/u);
    }),
    { numRuns: 3000 },
  );
});

test('prompts are clean: one line, visible characters, NFC; cleaning twice changes nothing', () => {
  fc.assert(
    fc.property(messy, (text) => {
      const cleaned = cleanText(text);
      assert.equal(cleanText(cleaned), cleaned);
      assert.equal(cleaned.normalize('NFC'), cleaned);
      assert.doesNotMatch(cleaned, /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]|^\s|\s$|\s\s/u);
      const parsed = parse(`!img ${text}`);
      if (parsed?.ok === true && parsed.command.kind === 'draw') assert.equal(cleanText(parsed.command.prompt), parsed.command.prompt);
    }),
    { numRuns: 3000 },
  );
});

test('an unknown flag is always refused, wherever it stands', () => {
  const name = fc.stringMatching(/^[a-zäöü][a-zäöüß-]{0,12}[a-z]$/u).filter((word) => findOption(word) === undefined);
  fc.assert(
    fc.property(
      name,
      fc.constantFrom('--', '—', '–'),
      fc.constantFrom('before', 'after'),
      fc.constantFrom('', ' 4', '=4', ' --hq'),
      (word, dashes, place, value) => {
        const flag = `${dashes}${word}${value}`;
        const parsed = parse(place === 'before' ? `!img ${flag} a fox` : `!img a fox ${flag}`);
        assert.ok(parsed?.ok === false && parsed.problem.code === 'flag_unknown', flag);
      },
    ),
    runs,
  );
});

test('every name of every flag is understood with every dash', () => {
  const names = optionNames.flatMap((name) => {
    const { flag, aliases, germanAliases, example } = optionRow(name);
    return [flag, ...aliases, ...germanAliases].map((alias) => ({ name, alias, example }));
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.constantFrom('--', '—', '–', '-'),
      fc.boolean(),
      ({ name, alias, example }, dashes, upper) => {
        const parsed = parse(`!img a fox ${dashes}${upper ? alias.toUpperCase() : alias} ${example}`);
        assert.ok(parsed?.ok === true && parsed.command.kind === 'draw', `${dashes}${alias}`);
        assert.equal(parsed.command.prompt, 'a fox');
        assert.notEqual(parsed.command.options[name], undefined, `${dashes}${alias} is ${flagOf(name)}`);
      },
    ),
    runs,
  );
});

const promptText = fc.oneof(messy, fc.string({ unit: 'grapheme', maxLength: 60 })).map(cleanText);
const request = fc.record({
  prompt: promptText.filter((prompt) => prompt !== ''),
  negativePrompt: promptText,
  count: fc.integer({ min: 1, max: 20 }),
  seed: fc.integer({ min: 0, max: 4_294_967_295 - 20 }),
  steps: fc.integer({ min: 1, max: 8 }),
  guidance: fc.integer({ min: 101, max: 3000 }).map((hundredths) => hundredths / 100),
  size: fc.constantFrom([256, 256] as const, [512, 512] as const, [384, 256] as const),
  quality: fc.constantFrom('fast' as const, 'high' as const),
});

test('the command of a request gives the same request again', () => {
  fc.assert(
    fc.property(request, model, ({ guidance, size, ...wish }, chosen) => {
      const [widthPx, heightPx] = size;
      const made: ImageRequest = {
        ...wish,
        prompt: withoutChoices(wish.prompt),
        negativePrompt: chosen.guidance ? wish.negativePrompt : '',
        widthPx,
        heightPx,
        guidanceScale: chosen.guidance ? guidance : chosen[wish.quality].guidanceScale,
        model: chosen.name,
      };
      const typed = commandOf(made, { prefix: '!img', model: chosen, activeModel: chosen.name });
      const parsed = parse(typed);
      assert.ok(parsed?.ok === true && parsed.command.kind === 'draw', `${typed} ${JSON.stringify(parsed)}`);
      const read = resolveRequest(parsed.command, { model: chosen, seed: 1, limits });
      assert.ok(read.ok, typed);
      // Protected braces are unwrapped in a row of their own.
      const { variants = [], ...same } = read.value;
      assert.deepEqual(same, made, typed);
      assert.deepEqual(
        variants.map(({ words }) => words),
        made.prompt === wish.prompt ? [] : [wish.prompt],
        typed,
      );
    }),
    { numRuns: 3000 },
  );
});

const brace = fc.constantFrom('{a, b}', '{ä,ö,ü}', '{', '}', '{x}', String.raw`\{`, ',', '{ , y}');
const batch = fc.record({
  prompt: fc
    .array(fc.oneof(brace, nasty, fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 5 })
    .map((parts) => cleanText(parts.join(' ')))
    .filter((prompt) => prompt !== ''),
  options: fc.record(
    {
      styles: fc.uniqueArray(fc.constantFrom(...styles.map(({ name }) => name)), { minLength: 1 }),
      count: fc.integer({ min: 1, max: 20 }),
      seed: fc.integer({ min: 0, max: 1000 }),
      hq: fc.constant(true as const),
      enhance: fc.constant(true as const),
      // Not what a model takes by itself: the line leaves that out, and a style would bring its own.
      steps: fc.constantFrom(3, 5),
      size: fc.constant({ widthPx: 384, heightPx: 256 }),
    },
    { requiredKeys: [] },
  ),
});

test('the command of a batch gives the same batch again', () => {
  const installed = [smallModel, turboModel];
  const models = (name: string): ModelInfo | undefined => installed.find((each) => each.name === name);
  const context = { model: smallModel, seed: 1, limits, styles, models };
  fc.assert(
    fc.property(batch, ({ prompt, options }) => {
      const made = resolveRequest({ kind: 'draw', prompt, options, places: {} }, context);
      // Braces can multiply, or leave nothing to draw.
      if (!made.ok) return;
      const typed = commandOf(made.value, { prefix: '!img', model: models(made.value.model), activeModel: smallModel.name });
      const draw = drawIn(typed);
      const again = resolveRequest(draw, { ...context, model: models(draw.options.model ?? smallModel.name) ?? smallModel });
      assert.deepEqual(again, made, typed);
    }),
    { numRuns: 1500 },
  );
});
