/** A message → a command or a sentence: what anybody types reaches this first. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultPrefixes, parseMessage } from '#core/command.ts';
import { limits } from '#core/limits.ts';
import { cleanText, countCharacters } from '#core/prompt-text.ts';
import { renderProblem } from '#core/render.ts';
import { resolveRequest } from '#core/request.ts';
import { toPlainText } from '#core/rich-text.ts';
import { languages } from '#core/types.ts';
import { toHtml } from '#src/chat/matrix/html.ts';
import { smallModel, styles, turboModel } from '../../core/sample.ts';
import { assertOnlyOurTags } from '../only-our-tags.ts';
import { nastyText } from './nasty.ts';
import { target, type FuzzTarget } from './target.ts';

/** Far above what any text takes, of the processor alone: other work runs beside this. */
const longestMs = 1500;

const installed = [smallModel, turboModel];
const models = (name: string): (typeof installed)[number] | undefined => installed.find((model) => model.name === name);

export const parser: FuzzTarget = {
  name: 'parser',
  what: 'messages, from the first word to the request or the sentence that refuses it',
  nightly: 60_000,
  bounded: 1500,
  open: async () => ({
    property: target(
      fc.property(
        nastyText,
        fc.boolean(),
        fc.constantFrom(...languages),
        fc.constantFrom(...installed),
        (text, isDirect, language, model) => {
          const before = process.cpuUsage();
          const parsed = parseMessage(text, { prefixes: defaultPrefixes, isDirect, language, limits });
          if (parsed === undefined) return;
          const draw = parsed.ok && parsed.command.kind === 'draw' ? parsed.command : undefined;
          const checked = draw === undefined ? parsed : resolveRequest(draw, { model, seed: 1, limits, styles, models });
          if (draw !== undefined) {
            assert.equal(cleanText(draw.prompt), draw.prompt, 'a prompt is clean');
            assert.ok(countCharacters(draw.prompt) <= limits.maxPromptChars);
          }
          if (checked.ok && 'value' in checked) {
            const { count, variants = [], steps, widthPx, heightPx, model: chosen } = checked.value;
            assert.ok(count >= 1 && count <= limits.maxBatch && variants.length <= limits.maxBatch, `${count} pictures`);
            assert.ok(steps >= 1 && steps <= model.maxSteps && widthPx * heightPx <= 4_194_304);
            assert.ok(models(chosen) !== undefined, 'a model is one of the installed ones');
          }
          if (!checked.ok) {
            const shown = renderProblem({ problem: checked.problem, text, language, prefix: '!img' });
            const plain = toPlainText(shown);
            assert.ok(plain.length < 2000, `${plain.length} characters`);
            assert.doesNotMatch(plain, /\[object |function \w*\(/u);
            assertOnlyOurTags(toHtml(shown));
          }
          const tookMs = process.cpuUsage(before).user / 1000;
          assert.ok(tookMs < longestMs, `${Math.round(tookMs)} ms`);
        },
      ),
    ),
  }),
};
