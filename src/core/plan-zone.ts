/** Time zones and the wall clock in them. */
import type { CalendarDate } from '#core/plan-schedule.ts';
import { accept, refuse, type Place, type Problem, type Result } from '#core/problem.ts';
import { suggest } from '#core/suggest.ts';
import { clip } from '#core/prompt-text.ts';

/** What the wall clock of a zone shows. `weekday`: 0 is Sunday. */
export type LocalTime = CalendarDate & { readonly minute: number; readonly weekday: number };

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Throws a `RangeError` for a zone that does not exist. */
export function localTime(ms: number, timeZone: string): LocalTime {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    clocks.set(timeZone, clock);
  }
  const parts = new Map<string, number>(clock.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const at = (type: string): number => parts.get(type) ?? 0;
  const date = { year: at('year'), month: at('month'), day: at('day') };
  return { ...date, minute: at('hour') * 60 + at('minute'), weekday: weekdayOf(date) };
}

/** 0 is Sunday. */
export const weekdayOf = ({ year, month, day }: CalendarDate): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay();

/** The date so many days later. */
export function addDays({ year, month, day }: CalendarDate, days: number): CalendarDate {
  const later = new Date(Date.UTC(year, month - 1, day + days));
  return { year: later.getUTCFullYear(), month: later.getUTCMonth() + 1, day: later.getUTCDate() };
}

/**
 * Only names of places and `UTC` are taken: an abbreviation such as `EST` knows no summer time, and an offset neither.
 * @returns the name as IANA writes it
 */
export function readTimeZone(text: string, place?: Place): Result<string, Problem> {
  const typed = text.trim();
  const name = canonicalZone(typed);
  if (name !== undefined) return accept(name);
  const suggestion = suggestZone(typed);
  return refuse('time_zone_unknown', { name: clip(typed, 40), ...(suggestion === undefined ? {} : { suggestion }) }, place);
}

/** `europe/berlin` → `Europe/Berlin`; `undefined` for what is none. */
export function canonicalZone(typed: string): string | undefined {
  if (/^(utc|gmt)$/iu.test(typed)) return 'UTC';
  if (!/^[a-z_]+(\/[a-z0-9_+-]+){1,2}$/iu.test(typed)) return undefined;
  // A name that is an alias here, such as Asia/Kolkata, is kept as it is called elsewhere.
  const capitalised = typed
    .toLowerCase()
    .replace(/(^|[/_-])\p{L}/gu, (start) => start.toUpperCase())
    .replace('Gmt', 'GMT');
  try {
    localTime(0, capitalised);
    return zoneNames().find((name) => name.toLowerCase() === typed.toLowerCase()) ?? capitalised;
  } catch {
    return undefined;
  }
}

let names: readonly string[] | undefined;
const zoneNames = (): readonly string[] => (names ??= Intl.supportedValuesOf('timeZone'));

const cityOf = (zone: string): string => zone.slice(zone.lastIndexOf('/') + 1).replaceAll('_', ' ');

/** The zone of a place that goes by this name: `berlin`, `Wien`, `PST`. */
export function zoneOfPlace(typed: string): string | undefined {
  const plain = typed.toLowerCase().replaceAll(/[_\s]+/gu, ' ');
  const city = plain.slice(plain.lastIndexOf('/') + 1);
  return otherNames.get(plain) ?? otherNames.get(city) ?? zoneNames().find((zone) => cityOf(zone).toLowerCase() === city);
}

/** The zone whose name or city was probably meant. */
function suggestZone(typed: string): string | undefined {
  const same = zoneOfPlace(typed);
  if (same !== undefined) return same;
  const zones = zoneNames();
  const city = cityOf(typed).toLowerCase();
  const near = suggest(typed, zones);
  if (near !== undefined) return near;
  const cities = zones.filter((zone) => zone.includes('/'));
  const nearCity = city.length < 3 ? undefined : suggest(city, cities.map(cityOf));
  return nearCity === undefined ? undefined : cities.find((zone) => cityOf(zone) === nearCity);
}

/** What people call a zone and IANA does not; German names of cities, countries, abbreviations. */
const otherNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'Europe/Berlin': 'mez, mesz, cet, cest, germany, deutschland, münchen, munich, hamburg, köln, cologne, frankfurt, stuttgart, leipzig',
    'Europe/Vienna': 'österreich, austria, wien',
    'Europe/Zurich': 'schweiz, switzerland, zürich, bern',
    'Europe/Rome': 'rom, mailand, milan',
    'Europe/Prague': 'prag',
    'Europe/Brussels': 'brüssel',
    'Europe/Copenhagen': 'kopenhagen',
    'Europe/Lisbon': 'lissabon',
    'Europe/Athens': 'athen',
    'Europe/Warsaw': 'warschau',
    'Europe/Moscow': 'moskau',
    'Europe/Kyiv': 'kyiv, kiew',
    'Europe/Madrid': 'barcelona',
    'Europe/London': 'uk, england, bst',
    'Africa/Cairo': 'kairo',
    'Asia/Tokyo': 'japan, tokio',
    'Asia/Shanghai': 'peking, beijing, china',
    'Asia/Ho_Chi_Minh': 'saigon, hanoi, vietnam',
    'Asia/Singapore': 'singapur',
    'Asia/Kolkata': 'kolkata, india, indien, ist, mumbai, delhi',
    'America/New_York': 'est, edt, boston',
    'America/Chicago': 'cst, cdt',
    'America/Denver': 'mst, mdt',
    'America/Los_Angeles': 'pst, pdt, san francisco, seattle',
  }).flatMap(([zone, places]) => places.split(', ').map((place) => [place, zone] as const)),
);
