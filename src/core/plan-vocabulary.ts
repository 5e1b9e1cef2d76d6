/** The words that schedules are made of, in both languages and lower case. */

const listed = (...groups: readonly string[]): ReadonlyMap<string, number> =>
  new Map(groups.flatMap((group, index) => group.split(' ').map((word) => [word, index] as const)));

/** → 0 (Sunday) … 6. `montags`, `Mondays` say «every», so does a plain name in a schedule. */
export const weekdayWords = listed(
  'sunday sundays sun sonntag sonntags so',
  'monday mondays mon montag montags mo',
  'tuesday tuesdays tue tues dienstag dienstags di',
  'wednesday wednesdays wed weds mittwoch mittwochs mi',
  'thursday thursdays thu thur thurs donnerstag donnerstags do',
  'friday fridays fri freitag freitags fr',
  'saturday saturdays sat samstag samstags sonnabend sonnabends sa',
);

/** → 0 (January) … 11. */
export const monthWords = listed(
  'january jan januar jänner',
  'february feb februar',
  'march mar märz mär mrz',
  'april apr',
  'may mai',
  'june jun juni',
  'july jul juli',
  'august aug',
  'september sep sept',
  'october oct oktober okt',
  'november nov',
  'december dec dezember dez',
);

const small = listed(
  'zero null',
  'one ein eins eine einer einem einen',
  'two zwei',
  'three drei',
  'four vier',
  'five fünf',
  'six sechs',
  'seven sieben',
  'eight acht',
  'nine neun',
  'ten zehn',
  'eleven elf',
  'twelve zwölf',
);
const large: ReadonlyMap<string, number> = new Map([
  ['fifteen', 15],
  ['fünfzehn', 15],
  ['twenty', 20],
  ['zwanzig', 20],
  ['thirty', 30],
  ['dreißig', 30],
  ['dreissig', 30],
]);
export const numberWord = (word: string): number | undefined => small.get(word) ?? large.get(word);

/** → 1 … 5; 0 is the last. */
const ordinals: Readonly<Record<string, number>> = { first: 1, second: 2, third: 3, fourth: 4, fifth: 5, last: 0 };
const germanOrdinals = /^(erst|zweit|dritt|viert|fünft|letzt)(e[rsnm]?)$/u;
export function ordinalWord(word: string): number | undefined {
  const [, stem] = germanOrdinals.exec(word) ?? [];
  const index = ['letzt', 'erst', 'zweit', 'dritt', 'viert', 'fünft'].indexOf(stem ?? '-');
  return index === -1 ? (Object.hasOwn(ordinals, word) ? ordinals[word] : undefined) : index;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

export const every = words('every each jeden jede jedes jeder jedem alle');
export const next = words('next this coming nächsten nächster nächste kommenden kommender kommende diesen dieser diese');
/** Days that a word alone names. */
export const dailyWords = words('daily everyday täglich tagtäglich alltäglich');
export const workdayWords = words(
  'weekdays weekday workdays workday werktags werktäglich wochentags werktag wochentag werktage werktagen wochentagen',
);
export const weekendWords = words('weekend weekends wochenende wochenenden wochenends');
export const dayWords = words('day days tag tage tagen');
export const monthNouns = words('month months monat monats monate');
export const yearNouns = words('year years jahr jahre jahres');
export const monthlyWords = words('monthly monatlich');
export const yearlyWords = words('yearly annually jährlich alljährlich');
export const hourNouns = words('hour hours hr hrs h stunde stunden std');
export const minuteNouns = words('minute minutes min mins minuten');
export const secondNouns = words('second seconds sec secs sekunde sekunden sek');
export const hourlyWords = words('hourly stündlich');
export const today = words('today heute tonight');
export const tomorrow = words('tomorrow morgen');
export const monthEnds = words('monatsletzten monatsende');
export const dayAfterTomorrow = words('übermorgen');

/** Stand between the parts and say nothing. */
export const fillers = words('at on um am an im in der die das des den dem the of jeweils immer always gegen ab zu');
export const atWords = words('at um gegen ab');
export const untilWords = words('until till til bis');
export const fromWords = words('from von between zwischen');
export const toWords = words('to bis until till til thru through and und');
export const andWords = words('and und sowie');
/** After a number: `7 Uhr`, `7h`, `7 o'clock`. */
export const clockWords = words('uhr h oclock');

/** Make 8 of the clock 20:00. */
export const afternoonWords = words('pm afternoon afternoons evening evenings nachmittag nachmittags abend abends');
/** Late evening until midnight, small hours after it. */
export const nightWords = words('night nights tonight nacht nachts');
export const morningWords = words('morning mornings morgen morgens vormittag vormittags früh');
/** Of these, what may follow a time without «in the»; `7:00 morning light` begins a prompt. */
export const plainSuffixes = words('morgens früh vormittags nachmittags abends nachts');
export const noonWords = words('noon midday mittag mittags');
export const midnightWords = words('midnight mitternacht mitternachts');
