/** What the bot says in German about the comparison with protected works. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { code } from '#core/rich-text.ts';
import type { SimilarityMessageParams } from '#core/similarity-message-codes.ts';

const say = phraseIn('de');

export const germanSimilarity: Pick<Catalogue['messages'], keyof SimilarityMessageParams> = {
  check_empty: () =>
    say`Nicht geprüft: Die Sammlung ist leer, es gibt also nichts zu vergleichen; wer den Bot betreibt, füllt sie mit ${code('blitzbild references add ORDNER')}.`,
  check_outdated: () =>
    say`Nicht geprüft: Eine ältere Version hat die Sammlung eingelesen, es gibt also nichts zu vergleichen; wer den Bot betreibt, liest sie mit ${code('blitzbild references reindex')} neu ein.`,
  check_unavailable: () => say`Nicht geprüft: Dieser Bot hat keine Sammlung geschützter Werke, mit der er vergleichen könnte.`,
  check_failed: () =>
    say`Nicht geprüft: Der Vergleich ist gescheitert oder hat zu lange gedauert; versuch es in einer Minute noch einmal und sag es dem, der den Bot betreibt, wenn es so bleibt.`,
};
