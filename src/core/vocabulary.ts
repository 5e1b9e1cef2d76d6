/**
 * Whether a prompt names something that a model can draw, and what comes nearest where it does not. Models with a
 * closed list of things only; the list and the table of related words are the model's own, see `Vocabulary`.
 */
import type { MessageParams } from '#core/message-codes.ts';
import { namesOf } from '#core/render-vocabulary.ts';
import { beginningOf, headOf } from '#core/vocabulary-compounds.ts';
import { indexOf, type Meaning } from '#core/vocabulary-index.ts';
import { languageOf, readPrompt } from '#core/vocabulary-reading.ts';
import { misspelt } from '#core/vocabulary-spelling.ts';
import type { Language } from '#core/types.ts';
import type { ModelInfo, Thing, Vocabulary } from '#core/model-info.ts';

/** Things that are proposed instead of an unknown one. */
const proposed = 3;
/** Unknown words that are compared with every name; a long text of them would hold up the process. */
const mostCompared = 6;

/** The things that a prompt names, in its order. `language` decides where the words themselves don't tell theirs. */
export const thingsIn = (prompt: string, vocabulary: Vocabulary, language: Language): readonly Thing[] => [
  ...new Set(readPrompt(prompt, indexOf(vocabulary), language).flatMap((part) => (part.kind === 'thing' ? [part.thing] : []))),
];

/**
 * The nearest things to what a prompt names, by meaning, else by spelling; at most three, none where nothing is near.
 * Every unknown word proposes its nearest before any proposes its second.
 */
export function nearestThings(prompt: string, vocabulary: Vocabulary, language: Language): readonly Thing[] {
  const index = indexOf(vocabulary);
  const own = languageOf(prompt, index, language);
  let compared = 0;
  const proposals = readPrompt(prompt, index, language).flatMap((part) => {
    if (part.kind === 'related') return [part.near];
    if (part.kind !== 'unknown') return [];
    const spelt = (): Meaning | undefined => ((compared += 1) <= mostCompared ? misspelt(part.word, index, own) : undefined);
    const meaning = spelt() ?? headOf(part.word, index) ?? beginningOf(part.word, index);
    return meaning === undefined ? [] : [thingsOf(meaning)];
  });
  const ranks = Math.max(0, ...proposals.map((things) => things.length));
  const taken = Array.from({ length: ranks }, (_, rank) => proposals.flatMap((things) => things[rank] ?? [])).flat();
  const [first] = taken;
  return first === undefined ? [] : [...new Set([...taken, ...companions(first, vocabulary)])].slice(0, proposed);
}

/** Three things that the model draws well, as its own examples say. */
export function exampleThings({ examples }: Pick<ModelInfo, 'examples'>, vocabulary: Vocabulary, language: Language): readonly Thing[] {
  const shown = examples[language].flatMap((prompt) => thingsIn(prompt, vocabulary, language).slice(0, 1));
  return [...new Set([...shown, ...vocabulary.things])].slice(0, proposed);
}

const thingsOf = (meaning: Meaning): readonly Thing[] => (meaning.kind === 'thing' ? [meaning.thing] : meaning.near);

/** The other things that are often named together with one, then the rest of its group. */
function companions(thing: Thing, { things, related }: Vocabulary): readonly Thing[] {
  const name = thing.en[0] ?? '';
  const together = related.filter(({ near }) => near.includes(name)).flatMap(({ near }) => near);
  const count = (other: Thing): number => together.filter((near) => near === other.en[0]).length;
  return things
    .filter((other) => other !== thing && other.group === thing.group)
    .map((other) => ({ other, times: count(other) }))
    .sort((a, b) => b.times - a.times)
    .map(({ other }) => other);
}

/** What to tell somebody whose prompt names nothing that the model knows; `undefined` where there is nothing to tell. */
export function unknownSubject(
  prompt: string,
  model: ModelInfo,
  installed: readonly ModelInfo[],
  language: Language,
): MessageParams['subject_unknown'] | undefined {
  const { vocabulary } = model;
  // Without words there is a picture to start from, and nobody named anything.
  if (vocabulary === undefined || prompt === '' || thingsIn(prompt, vocabulary, language).length > 0) return undefined;
  const nearest = nearestThings(prompt, vocabulary, language);
  const larger = installed.find((other) => other.vocabulary === undefined)?.name;
  return {
    things: vocabulary.things.length,
    ...(nearest.length > 0
      ? { nearest: namesOf(nearest, language) }
      : { examples: namesOf(exampleThings(model, vocabulary, language), language) }),
    ...(larger === undefined ? {} : { larger }),
  };
}
