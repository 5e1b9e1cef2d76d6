/** What the bot says in German about what is not drawn or not shown. */
import { formatAll, formatNumber, phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { bold, code } from '#core/rich-text.ts';
import type { HeldBack } from '#core/safety-port.ts';
import type { SafetyMessageParams } from '#core/safety-message-codes.ts';

const say = phraseIn('de');
const number = (value: number): string => formatNumber(value, 'de');

function reason(why: HeldBack): string {
  switch (why.by) {
    case 'similarity': {
      const holder = why.rightsHolder === undefined ? '' : ` (${why.rightsHolder})`;
      return `Es ähnelt «${why.title}»${holder} mit ${number(why.similarity)} (Grenze ${number(why.threshold)})`;
    }
    case 'classifier':
      return `Die Bilderkennung findet darin mit ${number(why.probability)} «${why.label}» (Grenze ${number(why.threshold)}) und kann sich irren`;
    case 'unchecked':
      return why.check === 'similarity'
        ? 'Es konnte nicht mit den geschützten Werken verglichen werden, und das muss hier sein'
        : 'Die Bilderkennung konnte es nicht prüfen, und das muss hier sein';
  }
}

export const germanSafety: Pick<Catalogue['messages'], keyof SafetyMessageParams> = {
  prompt_minors: () =>
    say`Das zeichne ich nicht: Nacktes oder Sexuelles zusammen mit Kindern oder Jugendlichen lehne ich immer ab. Lass eines von beiden weg; es wurde nichts eingereiht, und niemand erfährt davon.`,
  prompt_named_nudity: () =>
    say`Das zeichne ich nicht: Namentlich genannte Menschen zeichne ich nie nackt oder in sexuellen Szenen. Lass den Namen oder diesen Teil weg; es wurde nichts eingereiht, und niemand erfährt davon.`,
  prompt_listed: ({ rule }) =>
    say`Das zeichne ich nicht: Wer den Bot betreibt, hat ${code(rule)} auf die Liste dessen gesetzt, was nicht gezeichnet wird. Nimm andere Wörter; es wurde nichts eingereiht, und niemand erfährt davon.`,
  prompt_warned: ({ rules }) => say`Bitte beachte: Wer den Bot betreibt, bittet um Vorsicht bei ${formatAll(rules, 'de')}.`,
  prompt_names: ({ names, isNegative }) =>
    isNegative
      ? say`Bitte beachte: Im Prompt steht ${formatAll(names, 'de')}; daran kann jemand Rechte haben. Es steht jetzt auch bei dem, was nicht ins Bild soll.`
      : say`Bitte beachte: Im Prompt steht ${formatAll(names, 'de')}; daran kann jemand Rechte haben.`,
  picture_held_back: ({ picture, job, why }, { prefix }) =>
    say`Das Bild ${bold(picture)} wird zurückgehalten: ${reason(why)}. Mit neuem Seed: ${code(`${prefix} nochmal ${job}`)}; ein Admin kann es freigeben: ${code(`${prefix} freigeben ${picture}`)}.`,
  pictures_held_back: ({ job, held, count, first }, { prefix }) =>
    held === count
      ? say`${count === 1 ? 'Das Bild' : `Alle ${count} Bilder`} von Auftrag ${bold(job)} ${count === 1 ? 'wird' : 'werden'} zurückgehalten: ${code(`${prefix} info ${first}`)} sagt, warum, und ein Admin kann ${count === 1 ? 'es' : 'sie'} freigeben.`
      : say`${held} von ${count} Bildern von Auftrag ${bold(job)} ${held === 1 ? 'wird' : 'werden'} zurückgehalten: ${code(`${prefix} info ${first}`)} sagt, warum, und ein Admin kann ${held === 1 ? 'es' : 'sie'} freigeben.`,
  release_done: ({ picture }) => say`Das Bild ${bold(picture)} ist freigegeben und unterwegs.`,
  release_not_held: ({ picture }) => say`Das Bild ${bold(picture)} wird nicht zurückgehalten, es gibt also nichts freizugeben.`,
  release_which: ({ job, pictures }, { prefix }) =>
    say`Welches Bild von Auftrag ${bold(job)}? Zurückgehalten werden ${pictures}: Nenne eines, zum Beispiel ${code(`${prefix} freigeben ${job}/${pictures.split(', ')[0] ?? 'A1'}`)}.`,
  held_none: () => say`In diesem Raum wird kein Bild zurückgehalten.`,
  held_more: ({ more }) =>
    say`Und ${more} weitere, die älter sind: In die Liste kommen sie, sobald einige von diesen freigegeben oder gelöscht sind.`,
  held_bot_admins_only: () =>
    say`Im Einzelgespräch mit dem Bot dürfen nur die Admins des Bots sehen und freigeben, was zurückgehalten wird: Wer ihn betreibt, nennt sie in seiner Konfiguration unter ${code('admins:')}.`,
};
