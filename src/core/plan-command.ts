/** `plan "Mon-Fri 07:00" a sunrise --n 4`, `plan pause 3`. */
import type { Draw } from '#core/command.ts';
import { readPlanStart } from '#core/plan-words.ts';
import { plainLetters } from '#core/plain-letters.ts';
import { clip, type Token } from '#core/prompt-text.ts';
import { accept, refuse } from '#core/problem.ts';
import type { Reader } from '#core/verb-readers.ts';

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
export const readPlan: Reader = ({ words, options, places, message, clock }) => {
  const action = readAction(words[0]?.text);
  const [, second, ...more] = words;
  if (action !== undefined && more.length === 0 && Object.keys(places).length === 0) {
    const [, digits] = /^#?(\d{1,6})[.!?]*$/u.exec(second?.text ?? '') ?? [];
    if (digits !== undefined) return accept({ kind: 'plan', action, id: Number(digits) });
    if (second === undefined && action !== 'show') return refuse('plan_number_missing', { action }, words[0]);
  }
  const start = readPlanStart(words, clock);
  if (start === undefined || !start.ok) return start;
  const { schedule, count } = start.value;
  const rest = words.slice(count);
  const first = rest[0];
  const last = words[count - 1];
  if (first === undefined || last === undefined) return refuse('plan_prompt_missing', { schedule: clip(schedule.text, 60) }, last);
  const draw: Draw = { kind: 'draw', prompt: rest.map((word: Token) => word.text).join(' '), options, places };
  // Flags may stand in front of the prompt, behind the schedule.
  return accept({ kind: 'plan', action: 'add', schedule, draw, text: message.slice(last.end).trim() });
};
