/**
 * What is not drawn. The rules in this file can't be switched off: nothing sexual with children or young people, and no nudity of people who
 * are named. A list of words can't know what somebody means; it is made to refuse rather once too often. Negations don't matter, because
 * models don't read them. Pure; nothing of a prompt is kept.
 */
import { givenNames, laterArtists, makerWords, oldMasters, publicFigures, surnames, titles } from '#core/prompt-names.ts';
import { foldLetters, speltWords, type SpeltWord } from '#core/prompt-spelling.ts';
import { isYoung } from '#core/prompt-ages.ts';
import { explicitGermanWords, explicitPhrases, explicitWords, suggestivePhrases, suggestiveWords } from '#core/prompt-explicit-words.ts';
import { withoutHarmless, type Beside } from '#core/prompt-harmless.ts';
import { afterBoy, alwaysRefused, ambiguousMinorWords, germanMarks, minorWords } from '#core/prompt-words.ts';

/** `undefined` where neither rule speaks against it. */
export function coreRefusal(prompt: string): 'minors' | 'named-nudity' | undefined {
  const text = withoutHarmless(foldLetters(prompt), beside);
  const words = speltWords(text);
  const all = readWords(words, text);
  if (all.refused || (all.minor && (all.explicit || all.suggestive)) || (all.ambiguous && all.explicit)) return 'minors';
  return all.explicit && namesSomebody(words) ? 'named-nudity' : undefined;
}

function beside(before: string, phrase: string, after: string): Beside {
  const around = `${before} , ${after}`;
  const { minor, ambiguous, explicit, suggestive } = readWords(speltWords(around), around);
  return {
    hasMinor: minor || ambiguous || isGermanChild(speltWords(`${before} ${phrase} ${after}`)),
    isSmall: /\b(?:little|small|tiny|teeny|young|kleine[mnrs]?|junge[mnrs]?)\b/u.test(around),
    hasBare: explicit || suggestive,
  };
}

type Found = {
  readonly explicit: boolean;
  readonly suggestive: boolean;
  readonly minor: boolean;
  readonly ambiguous: boolean;
  readonly refused: boolean;
};

/** `she's on a beach` is no son, `an al fresco lunch` is nothing else. */
const neverJoined: ReadonlySet<string> = new Set(['son', 'anal', 'bra', 'cum']);

function readWords(words: readonly SpeltWord[], written: string): Found {
  const has = (set: ReadonlySet<string>): boolean =>
    words.some(
      ({ forms, joined }) => forms.some((form) => set.has(form)) || (joined !== undefined && set.has(joined) && !neverJoined.has(joined)),
    );
  const says = (phrases: readonly RegExp[]): boolean => phrases.some((phrase) => phrase.test(text));
  const glued = words.flatMap(({ forms }) => forms.flatMap((form) => gluedParts(form)));
  const hasGlued = (set: ReadonlySet<string>): boolean => glued.some((part) => set.has(part));
  const text = words.map(({ forms }) => forms[0]).join(' ');
  return {
    refused: has(alwaysRefused),
    explicit: has(explicitWords) || hasGlued(explicitWords) || says(explicitPhrases),
    suggestive: has(suggestiveWords) || hasGlued(suggestiveWords) || says(suggestivePhrases),
    minor: has(minorWords) || hasGlued(minorWords) || isGermanChild(words) || says(minorPhrases) || isYoung(written) || isYoung(text),
    ambiguous: has(ambiguousMinorWords) || hasGlued(ambiguousMinorWords) || isBoy(words),
  };
}

const minorPhrases = [
  /\b(?:little|small|young|tiny|teeny|kleines|junges|kleinen|jungen) (?:\w+ )?(?:girls?|boys?|girlfriends?|boyfriends?|cowgirls?|cowboys?|showgirls?|playboys?|madchen|maedchen|madel)\b/u,
  /\b(?:little|baby|kid|younger|small) (?:sisters?|brothers?|sis|bro|cousins?|stepsisters?|stepbrothers?)\b/u,
  /\b(?:kleine|kleiner|kleinen|kleinem|jungere|juengere)[nrsm]? (?:junge|jungen|bub|buben|schwestern?|bruder|brueder|brudern|cousine|cousin)\b/u,
  /\b(?:girl|boy) scouts?\b/u,
  /\b(?:elementary|primary|middle|junior high|high|grade|nursery|pre) school(?:ers?)?\b/u,
  /\b(?:1[0-7]|[1-9]) ?(?:th|st|nd|rd) grade(?:rs?)?\b/u,
  /\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh) grade(?:rs?)?\b/u,
  /\b(?:erst|zweit|dritt|viert|funft|fuenft|sechst|siebt|siebent|acht|neunt|zehnt)kla(?:e)?ssler(?:in|innen|n|s)?\b/u,
  /\b(?:[3-9]|10) klasse\b/u,
  /\bbarely legal\b/u,
  /\bpre teens?\b/u,
  /\bunder age\b/u,
];

const hasForm = (word: SpeltWord | undefined, set: ReadonlySet<string>): boolean => word?.forms.some((form) => set.has(form)) === true;
const isWord = (word: SpeltWord | undefined, ...texts: readonly string[]): boolean =>
  word?.forms.some((form) => texts.includes(form)) === true;

/** `kind` is a child where the sentence is German; in English it is a compliment, or a sort. */
function isGermanChild(words: readonly SpeltWord[]): boolean {
  const isGerman = words.some((word) => hasForm(word, germanMarks) || hasForm(word, explicitGermanWords));
  return words.some((word, at) => {
    const [before, after, last] = [words[at - 1], words[at + 1], words[at + 2]];
    if (!isWord(word, 'kind', 'kinds') || isWord(after, 'of')) return false;
    return (
      isGerman || hasForm(before, explicitWords) || (hasForm(after, explicitWords) && (after?.endsPart === true || last === undefined))
    );
  });
}

/** `ein nackter Junge am Strand` is a boy, `eine junge Frau` is none. */
const isBoy = (words: readonly SpeltWord[]): boolean =>
  words.some((word, at) => {
    const next = words[at + 1];
    return isWord(word, 'junge', 'jungen') && (word.endsPart || next === undefined || hasForm(next, afterBoy));
  });

const splittable = [explicitWords, suggestiveWords, minorWords, ambiguousMinorWords];

/** `nudechild` → `nude`, `child`: only where both parts are words of the lists. */
function gluedParts(form: string): readonly string[] {
  if (form.length < 7 || form.length > 40) return [];
  for (let at = 3; at <= form.length - 3; at++) {
    const parts = [form.slice(0, at), form.slice(at)];
    if (parts.every((part) => splittable.some((set) => set.has(part)))) return parts;
  }
  return [];
}

/** A given name, or somebody known by one name; not who painted it. */
const namesSomebody = (words: readonly SpeltWord[]): boolean =>
  words.some((word, at) => {
    if (hasForm(word, givenNames) || hasForm(word, publicFigures)) return !isMaker(words, at);
    const next = words[at + 1];
    // `Dr. Smith`: the dot ends nothing.
    if (next === undefined) return false;
    return isWord(word, 'frau')
      ? hasForm(next, surnames)
      : hasForm(word, titles) && !hasForm(next, afterBoy) && !isWord(next, 'of', 'is', 'at', 'who', 'with');
  });

/** How many words a name may have before the surname. */
const MOST_NAMES = 3;

/** `Gustav Klimt`, `by Helmut Newton`: from a given name on, the surname of an artist follows. */
function isMaker(words: readonly SpeltWord[], at: number): boolean {
  const names = words.slice(at, at + MOST_NAMES + 1);
  const end = names.findIndex((word) => hasForm(word, oldMasters) || hasForm(word, laterArtists));
  // Another sentence, or another name in between.
  if (end < 0 || names.slice(0, end).some(({ endsPart }) => endsPart)) return false;
  if (names.slice(1, end).some((word) => !hasForm(word, givenNames) && !isWord(word, 'van', 'von', 'de', 'da', 'di', 'auguste')))
    return false;
  if (hasForm(names[end], oldMasters)) return true;
  let first = at;
  while (first > 0 && at - first < MOST_NAMES && hasForm(words[first - 1], givenNames)) first -= 1;
  return hasForm(words[first - 1], makerWords);
}
