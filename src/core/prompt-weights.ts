/** `(fox:1.3)`, `[sea]`, BREAK: what says how much words count, and is none itself. The model's side reads it in inference/prompt-weights.ts. */

const weight = /:\s*[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)\s*(?=\))/gu;

/** The words as they would be without weights: `an (orange:1.3) cat` → `an  orange  cat`. Escaped brackets stay, they are punctuation. */
export const withoutWeights = (prompt: string): string =>
  prompt
    .replace(weight, '')
    .replace(/\\?[()[\]]/gu, (sign) => (sign.length === 1 ? ' ' : sign))
    .replace(/\bBREAK\b/gu, ',');
