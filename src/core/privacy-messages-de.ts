/** What the bot says in German about how long things are kept. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import type { PrivacyMessageParams } from '#core/privacy-message-codes.ts';
import type { PostsThen, RetentionSource } from '#core/retention.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('de');
const daysText = (days: number): string => (days === 1 ? '1 Tag' : `${days} Tage`);
const whose: Readonly<Record<RetentionSource, string>> = {
  room: 'so ist es für diesen Raum gewählt',
  operator: 'so hat es der Betreiber eingestellt',
  usual: 'das ist voreingestellt',
  older: 'denn der Bot hatte schon Bilder, bevor es eine Grenze gab, und niemand hat eine gesetzt',
};
const then: Readonly<Record<PostsThen, string>> = {
  stay: 'Was er gepostet hat, bleibt im Raum.',
  removed: 'Was er gepostet hat, geht mit, wo der Server den Bot lässt.',
  gone: 'Was er gepostet hat, geht mit.',
};

export const germanPrivacy: Pick<Catalogue['messages'], keyof PrivacyMessageParams> = {
  retention_is: ({ days, by, posts }, { prefix }) =>
    days === 0
      ? say`Aus diesem Raum wird nichts wegen seines Alters gelöscht, ${whose[by]}. Admins ändern das: ${code(`${prefix} aufbewahrung 30`)}.`
      : say`Der Bot behält die Aufträge dieses Raums mit Prompts, Bildern und Sternen nach ihrem Ende ${bold(daysText(days))} lang, ${whose[by]}. ${then[posts]} Admins ändern das: ${code(`${prefix} aufbewahrung 30`)}.`,
  retention_set: ({ days, by }) =>
    days === 0
      ? say`Ab jetzt wird aus diesem Raum nichts mehr wegen seines Alters gelöscht${by === 'room' ? '' : `, ${whose[by]}`}.`
      : say`Ab jetzt behält der Bot die Aufträge dieses Raums mit Prompts, Bildern und Sternen nach ihrem Ende ${bold(daysText(days))} lang${by === 'room' ? '' : `, ${whose[by]}`}; was älter ist, verschwindet innerhalb eines Tages. Zeitpläne und Stile bleiben.`,
  retention_invalid: ({ value, mostDays }, { prefix }) =>
    say`${code(value)} ist keine Aufbewahrungszeit: Tippe ganze Tage von 1 bis ${String(mostDays)}, zum Beispiel ${code(`${prefix} aufbewahrung 30`)}, oder ${code(`${prefix} aufbewahrung aus`)} oder ${code(`${prefix} aufbewahrung standard`)}.`,
  retention_too_long: ({ mostDays }, { prefix }) =>
    say`Der Betreiber dieses Bots lässt keinen Raum etwas länger als ${bold(daysText(mostDays))} aufbewahren: Tippe ${code(`${prefix} aufbewahrung ${mostDays}`)} oder weniger Tage.`,
};
