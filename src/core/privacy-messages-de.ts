/** What the bot says in German about how long things are kept. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import type { PrivacyMessageParams } from '#core/privacy-message-codes.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('de');
const daysText = (days: number): string => (days === 1 ? '1 Tag' : `${days} Tage`);
const whose = (isChosen: boolean): string => (isChosen ? 'so ist es für diesen Raum gewählt' : 'so hat es der Betreiber eingestellt');

export const germanPrivacy: Pick<Catalogue['messages'], keyof PrivacyMessageParams> = {
  retention_is: ({ days, isChosen }, { prefix }) =>
    days === 0
      ? say`Aus diesem Raum wird nichts wegen seines Alters gelöscht, ${whose(isChosen)}. Admins ändern das: ${code(`${prefix} aufbewahrung 30`)}.`
      : say`Der Bot behält die Aufträge dieses Raums mit Prompts, Bildern und Sternen nach ihrem Ende ${bold(daysText(days))} lang, ${whose(isChosen)}. Was er gepostet hat, bleibt im Raum. Admins ändern das: ${code(`${prefix} aufbewahrung 30`)}.`,
  retention_set: ({ days, isChosen }) =>
    days === 0
      ? say`Ab jetzt wird aus diesem Raum nichts mehr wegen seines Alters gelöscht.`
      : say`Ab jetzt behält der Bot die Aufträge dieses Raums mit Prompts, Bildern und Sternen nach ihrem Ende ${bold(daysText(days))} lang${isChosen ? '' : ', wie es der Betreiber eingestellt hat'}; was älter ist, verschwindet heute Nacht. Zeitpläne und Stile bleiben.`,
  retention_invalid: ({ value, mostDays }, { prefix }) =>
    say`${code(value)} ist keine Aufbewahrungszeit: Tippe ganze Tage von 1 bis ${String(mostDays)}, zum Beispiel ${code(`${prefix} aufbewahrung 30`)}, oder ${code(`${prefix} aufbewahrung aus`)} oder ${code(`${prefix} aufbewahrung standard`)}.`,
  retention_too_long: ({ mostDays }, { prefix }) =>
    say`Der Betreiber dieses Bots lässt keinen Raum etwas länger als ${bold(daysText(mostDays))} aufbewahren: Tippe ${code(`${prefix} aufbewahrung ${mostDays}`)} oder weniger Tage.`,
};
