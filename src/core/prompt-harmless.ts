/**
 * What sounds like a word of the rules and has nothing to do with them; it is left out before anything is looked for. Most of it only where
 * nothing stands beside it that makes it another thing: `a naked tree nymph child` holds no naked tree. Pure.
 */

/** They mean nothing else, whatever stands beside them. */
const fixed: readonly RegExp[] = [
  /\bhelena? of troy\b/gu,
  /\b(?:same|opposite)[- ]sex\b/gu,
  /\bsex and the city\b/gu,
  /\bsex (?:education|chromosomes?|pistols)\b/gu,
  /\b(?:magna |summa )?cum laude\b/gu,
  /\bsperm whales?\b/gu,
  /\brape of (?:the )?(?:sabines?(?: women)?|europa|proserpin[ae]|persephone|lucreti?a|lock|ganymede|daughters of leucippus)\b/gu,
  /\bcock[- ]a[- ]doodle[- ]?doo\b|\bweather[- ]cocks?\b|\bcock robin\b|\bcocks? and hens?\b|\bhens? and cocks?\b/gu,
  /\bmoby[- ]dick\b/gu,
  /\bson goku\b|\bsons of anarchy\b|\bson of man\b/gu,
  /\bstrip(?:ping)? (?:of light|mall|malls|lights?|wallpaper|paint|the paint|the wallpaper)\b/gu,
  /\b(?:comic|film|led|land|news) strips?\b/gu,
  /\b(?:sonata|concerto|symphony|prelude|fugue|mass|etude|nocturne|waltz|requiem|ballade|scherzo|quartet|trio|suite) in [a-h](?: flat| sharp)? minor\b/gu,
  /\b(?:[b-h]|[a-h] (?:flat|sharp)) minor\b/gu,
];

/** Bare things, unless a child stands beside them. */
const bareThings: readonly RegExp[] = [
  /\b(?:naked|topless) (?:eyes?|jeeps?|cars?|bus(?:es)?|mole rats?|flames?|trees?|branch(?:es)?|bulbs?|light ?bulbs?|cakes?|oats?)\b/gu,
  /\bnude[- ](?:colou?rs?|colou?red|tones?|shades?|lipsticks?|heels|pumps|nails?|nail polish|beige|pink|palette|make-?up)\b/gu,
  /\b(?:undress(?:ed|ing)?) (?:stone|wood|timber|salad)\b/gu,
  /\bnackt(?:e[nrs]?)? (?:baume?n?|baeumen?|felsen|betons?|bodens?|steine?n?|ziegeln?|wande?n?|waende|erde|fussen?|fuessen?|fusse|fuesse|aste?n?|zweige?n?|gluhbirnen?|gluehbirnen?)\b/gu,
  /\bhorny toads?\b/gu,
  /\bpussy[- ]?(?:cats?|willows?|riot)\b/gu,
  /\b(?:oil ?seed rape|rape ?seeds?)\b/gu,
  /\b(?:playing|tennis|bottled|pheasant|crowing|farmyard) cocks?\b/gu,
];

/** Grown-ups who are called girls and boys, unless something says that they are small. */
const grownUps: readonly RegExp[] = [
  /\b(?:cow|play|pin-?up|cover|calendar|bond|show|chorus|working|gogo|go-go|call)[- ]?(?:girls?|boys?)\b/gu,
];

/** Small things, unless something bare stands beside them. */
const smallThings: readonly RegExp[] = [
  /\bbaby[- ](?:blue|pink|grand|oil|carrots?|spinach|elephants?|animals?|birds?|penguins?|steps)\b/gu,
  /\bminor (?:details?|changes?|chords?|keys?|scales?|planets?|roads?|characters?)\b/gu,
];

/** What stands around a phrase, and what must not be there. */
export type Beside = { readonly hasMinor: boolean; readonly isSmall: boolean; readonly hasBare: boolean };

/** How many letters to either side still belong to it. */
const NEAR = 80;
/** What separates two things: `naked trees, children`, `a mole rat and a child`. */
const separators =
  /[,;.:!?|\n](?=\s|$)|\s[–—-]\s|\b(?:and|or|of|with|without|in|on|at|to|from|by|near|under|over|behind|before|for|that|the|an?|und|oder|mit|ohne|im|am|an|auf|unter|uber|ueber|vor|hinter|neben|bei|beim|von|vom|fur|fuer|der|die|das|den|dem|ein|eine|einen|einem|einer)\b/gu;

/** @param beside what a stretch of words holds; the phrase itself stands in it as it was written */
export function withoutHarmless(folded: string, beside: (before: string, phrase: string, after: string) => Beside): string {
  const cut = (text: string, phrases: readonly RegExp[], isHarmless: (found: Beside) => boolean): string =>
    phrases.reduce(
      (left, phrase) =>
        left.replace(phrase, (match: string, ...rest: readonly unknown[]) => {
          const at = rest.find((value) => typeof value === 'number') ?? 0;
          const before =
            left
              .slice(Math.max(0, at - NEAR), at)
              .split(separators)
              .at(-1) ?? '';
          const after = left.slice(at + match.length, at + match.length + NEAR).split(separators)[0] ?? '';
          return isHarmless(beside(before, match, after)) ? ' ' : match;
        }),
      text,
    );
  let text = cut(folded, fixed, () => true);
  text = cut(text, bareThings, ({ hasMinor }) => !hasMinor);
  text = cut(text, grownUps, ({ hasMinor, isSmall }) => !hasMinor && !isSmall);
  return cut(text, smallThings, ({ hasMinor, hasBare }) => !hasMinor && !hasBare);
}
