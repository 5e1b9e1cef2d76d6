/** Was der Bot auf Deutsch über Zeitpläne sagt. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { intervalText } from '#core/plan-describe.ts';
import type { PlanMessageParams } from '#core/plan-message-codes.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('de');
const plan = (id: number) => bold(`Plan ${id}`);
const runs = (count: number, due: string): string => (count === 1 ? `den Lauf vom ${due}` : `${count} Läufe, den letzten vom ${due},`);

const fieldNames = { minute: 'Minute', hour: 'Stunde', day: 'Monatstag', month: 'Monat', weekday: 'Wochentag' } as const;
const noField = { minute: 'keine', hour: 'keine', day: 'kein', month: 'kein', weekday: 'kein' } as const;

export const germanPlans: Pick<Catalogue['messages'], keyof PlanMessageParams> = {
  plan_words_unreadable: ({ text, suggestion }, { prefix }) =>
    suggestion === undefined
      ? say`${code(text)} verstehe ich nicht als Zeitangabe: Schreib zum Beispiel ${code(`${prefix} plan Mo-Fr 7:00 ein Sonnenaufgang`)}, oder an dieser Stelle ${code('täglich 22:30')}.`
      : say`${code(text)} verstehe ich nicht als Zeitangabe: Meintest du ${code(suggestion)}? So geht es: ${code('Mo-Fr 7:00')}, ${code('täglich 22:30')}.`,
  plan_words_left: ({ understood, word, suggestion }) =>
    suggestion === undefined
      ? say`${code(understood)} verstehe ich, ${code(word)} dahinter nicht: Lass es weg, oder setz nur die Zeit in Anführungszeichen.`
      : say`${code(understood)} verstehe ich, ${code(word)} dahinter nicht: Meintest du ${code(suggestion)}?`,
  plan_time_missing: ({ days }) => say`Bei ${code(days)} fehlt die Uhrzeit: Schreib zum Beispiel ${code(`${days} 7:00`)}.`,
  plan_day_missing: ({ time }) =>
    say`An welchen Tagen? Schreib zum Beispiel ${code(`täglich ${time}`)}, ${code(`Mo-Fr ${time}`)} oder ${code(`morgen ${time}`)}.`,
  plan_time_invalid: ({ time }) =>
    say`Eine Uhrzeit ${code(time)} gibt es nicht: Der Tag geht von ${code('0:00')} bis ${code('23:59')}, schreib also zum Beispiel ${code('7:30')}.`,
  plan_cron_fields: ({ count }) =>
    count > 5
      ? say`Ein Cron-Ausdruck hat hier fünf Felder, dieser hat ${count}: Lass die Sekunden weg, zum Beispiel ${code('0 7 * * 1-5')}.`
      : say`Ein Cron-Ausdruck hat fünf Felder (Minute, Stunde, Monatstag, Monat, Wochentag), dieser hat ${count}: Schreib zum Beispiel ${code('0 7 * * 1-5')}.`,
  plan_cron_invalid: ({ field, value, allowed, example }) =>
    say`${code(value)} ist ${noField[field]} ${fieldNames[field]} eines Cron-Ausdrucks: Erlaubt sind ${allowed}, Listen wie ${code('1,3')}, Bereiche wie ${code('1-5')} und ${code('*')}; schreib zum Beispiel ${code(example)}.`,
  plan_never: ({ text }) =>
    say`${code(text)} kommt nie: Dieses Datum steht in keinem Kalender. Nimm einen Tag, den es gibt, zum Beispiel ${code('28.2. 9 Uhr')}.`,
  plan_past: ({ date, time, now }) =>
    say`${date} ${time} ist schon vorbei: Es ist ${now}. Nimm einen späteren Zeitpunkt, zum Beispiel ${code(`morgen ${time}`)}.`,
  plan_once_one_time: ({ text }) =>
    say`Ein Plan für einen einzelnen Tag hat eine Uhrzeit, darum geht ${code(text)} nicht: Schreib zum Beispiel ${code('morgen 8 Uhr')}.`,
  plan_too_often: ({ text, limit, example }) =>
    say`${code(text)} ist zu oft: Zwischen zwei Läufen müssen mindestens ${limit} Minuten liegen, schreib also zum Beispiel ${code(intervalText(example, 'de'))}.`,
  plan_interval_uneven: ({ text, nearest }) =>
    say`${code(text)} geht in einem Tag nicht auf und liefe jeden Tag zu anderen Zeiten: Schreib ${code(intervalText(nearest, 'de'))}.`,
  plan_over_midnight: ({ text }) =>
    say`${code(text)} geht über Mitternacht, in einen Tag, den du nicht genannt hast: Lass es um ${code('23:59')} enden, oder lass die Tage weg.`,
  time_zone_unknown: ({ name, suggestion }) =>
    suggestion === undefined
      ? say`Eine Zeitzone ${code(name)} gibt es nicht: Schreib eine wie ${code('Europe/Berlin')} oder ${code('America/New_York')}.`
      : say`Eine Zeitzone ${code(name)} gibt es nicht: Meintest du ${code(suggestion)}?`,

  plans_full: ({ limit }, { prefix }) =>
    say`Dieser Raum hat ${limit} Zeitpläne, mehr sind nicht erlaubt: ${code(`${prefix} pläne`)} zeigt sie, ${code(`${prefix} plan entfernen 3`)} entfernt einen.`,
  plans_none: (_, { prefix }) =>
    say`Dieser Raum hat noch keine Zeitpläne: Schreib zum Beispiel ${code(`${prefix} plan Mo-Fr 7 Uhr ein Sonnenaufgang --n 4`)}.`,
  plan_unknown: ({ plan: id }, { prefix }) =>
    say`Einen Plan ${String(id)} hat dieser Raum nicht: ${code(`${prefix} pläne`)} zeigt, welche es gibt.`,
  plan_not_yours: ({ plan: id }) => say`${plan(id)} gehört jemand anderem: Ändern kann ihn nur diese Person oder ein Admin.`,
  plan_paused: ({ plan: id }, { prefix }) => say`${plan(id)} pausiert; mit ${code(`${prefix} plan weiter ${id}`)} geht es weiter.`,
  plan_paused_already: ({ plan: id }, { prefix }) =>
    say`${plan(id)} pausiert schon; mit ${code(`${prefix} plan weiter ${id}`)} geht es weiter.`,
  plan_resumed: ({ plan: id, next }) => say`${plan(id)} läuft weiter, das nächste Mal am ${next}.`,
  plan_active_already: ({ plan: id }, { prefix }) => say`${plan(id)} pausiert nicht; ${code(`${prefix} plan pause ${id}`)} hielte ihn an.`,
  plan_over: ({ plan: id }, { prefix }) =>
    say`${plan(id)} ist abgelaufen: ${code(`${prefix} plan starten ${id}`)} zeichnet ihn noch einmal, ${code(`${prefix} plan entfernen ${id}`)} entfernt ihn.`,
  plan_removed: ({ plan: id }) => say`${plan(id)} ist entfernt; Bilder von ihm, die gerade entstehen, kommen noch.`,
  plan_running_already: ({ plan: id }, { prefix }) =>
    say`Ein Lauf von ${plan(id)} ist noch nicht fertig: Warte auf ihn, oder brich ihn ab, siehe ${code(`${prefix} warteschlange`)}.`,

  plan_missed: ({ plan: id, count, due }, { prefix }) =>
    say`${plan(id)} hat ${runs(count, due)} verpasst, weil der Bot nicht lief; ${code(`${prefix} plan starten ${id}`)} zeichnet ihn jetzt.`,
  plan_made_up: ({ plan: id, count, due }) =>
    say`${plan(id)} hat ${runs(count, due)} verpasst, weil der Bot nicht lief; das wird jetzt einmal nachgeholt.`,
  plan_after_quiet: ({ count, due }) =>
    count === 1
      ? say`Geplant war er für ${due}; er hat das Ende der Ruhezeit dieses Raums abgewartet.`
      : say`${count} Läufe, der letzte vom ${due}, haben das Ende der Ruhezeit abgewartet; sie werden jetzt einmal nachgeholt.`,
  plan_passed: ({ count }) =>
    say`${count === 1 ? 'Ein Lauf' : `${count} Läufe`} davor ${count === 1 ? 'ist' : 'sind'} entfallen: Es war Ruhezeit, oder der Bot lief nicht.`,
  plan_skipped_quiet: ({ plan: id, count, due }) => say`${plan(id)} hat ${runs(count, due)} ausgelassen, wegen der Ruhezeit dieses Raums.`,
  plan_still_waiting: ({ plan: id, due }) => say`${plan(id)} hat den Lauf vom ${due} ausgelassen, weil der vorige noch nicht fertig ist.`,
  plan_stopped: ({ plan: id, until, finished, count }) =>
    say`${plan(id)} hat wie geplant um ${until} Uhr geendet: ${finished} von ${count} ${count === 1 ? 'Bild ist' : 'Bildern sind'} fertig, der Rest ist abgebrochen.`,
};
