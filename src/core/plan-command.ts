/** `plan "Mon-Fri 07:00" a sunrise --n 4`, `plan pause 3`. */
import type { Draw } from '#core/command.ts';
import type { Options, OptionPlaces } from '#core/flags.ts';
import { readPlanStart } from '#core/plan-words.ts';
import { plainLetters } from '#core/plain-letters.ts';
import { cleanText, clip } from '#core/prompt-text.ts';
import { accept, refuse, type Place } from '#core/problem.ts';
import { quote, unwrapQuotes } from '#core/quotes.ts';
import { languages } from '#core/types.ts';
import type { Reader } from '#core/verb-readers.ts';
import { verbNames, verbRow } from '#core/verbs.ts';

const actions = {
  show: ['show', 'zeigen', 'zeig'],
  pause: ['pause', 'pausieren', 'anhalten'],
  resume: ['resume', 'continue', 'weiter', 'fortsetzen'],
  run: ['run', 'start', 'starten', 'ausführen'],
  remove: ['remove', 'delete', 'stop', 'entfernen', 'löschen'],
} as const;
type Action = keyof typeof actions;

const readAction = (typed: string | undefined): Action | undefined =>
  (Object.keys(actions) as readonly Action[]).find((name) =>
    actions[name].some((alias) => plainLetters(alias) === plainLetters(typed ?? '')),
  );

/** Without a schedule in front and without an action, the words are a prompt: `plan of a house`. */
export const readPlan: Reader = ({ words, literal, options, places, message, clock }) => {
  const action = readAction(words[0]?.text);
  const [, second, ...more] = words;
  if (action !== undefined && more.length === 0 && literal === undefined && Object.keys(places).length === 0) {
    const [, digits] = /^#?(\d{1,6})[.!?]*$/u.exec(second?.text ?? '') ?? [];
    if (digits !== undefined) return accept({ kind: 'plan', action, id: Number(digits) });
    if (second === undefined && action !== 'show') return refuse('plan_number_missing', { action }, words[0]);
  }
  const start = readPlanStart(words, clock);
  if (start === undefined || !start.ok) return start;
  const { schedule, count } = start.value;
  const rest = [...words.slice(count), ...(literal ?? [])];
  const first = rest[0];
  const last = words[count - 1];
  if (first === undefined || last === undefined) return refuse('plan_prompt_missing', { schedule: clip(schedule.text, 60) }, last);
  const prompt = unwrapQuotes(rest.map((word) => word.text).join(' '));
  const draw: Draw = { kind: 'draw', prompt, options, places };
  // Flags may stand in front of the schedule, and between it and the prompt.
  const inFront = flagsOf(message, places, (place) => place.start < last.end);
  const isSafe = literal !== undefined || !beginsLikeVerb(first.text);
  const text = isSafe ? [...inFront, message.slice(last.end).trim()] : [...allFlags(message, options, places), '--', prompt];
  // It is repeated in the room for as long as the schedule lives.
  return accept({ kind: 'plan', action: 'add', schedule, draw, text: cleanText(text.join(' ')) });
};

const flagsOf = (message: string, places: OptionPlaces, isMeant: (place: Place) => boolean): readonly string[] =>
  Object.values(places)
    .filter(isMeant)
    .map(({ start, end }) => message.slice(start, end).trim());

/** `--no` may have been typed in several places. */
function allFlags(message: string, { negativePrompt }: Options, places: OptionPlaces): readonly string[] {
  const others = flagsOf(message, places, (place) => place !== places.negativePrompt);
  return [...others, ...(negativePrompt === undefined ? [] : [`--no ${quote(negativePrompt)}`])];
}

/** Read once more without its schedule, such a prompt could be taken for a command. */
function beginsLikeVerb(word: string): boolean {
  const typed = plainLetters(word).replace(/(?<=.)[.!?…]+$/u, '');
  return verbNames.some((name) =>
    languages.some((language) => verbRow(name).names[language].some((alias) => plainLetters(alias).split(' ')[0] === typed)),
  );
}
