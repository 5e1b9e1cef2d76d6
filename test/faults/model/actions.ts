import fc from 'fast-check';
import { AppError } from '#core/errors.ts';
import type { FailpointName } from '#core/failpoints.ts';
import type { ModelWorld } from './model-world.ts';
import type { SendFault } from './model-room.ts';

const texts = [
  '!img queue',
  '!img help',
  '!img a red fox --steps 9999',
  '!bild warteschlange',
  '!img cancel mine',
  '!bild abbrechen',
  '!img again',
  '!img info',
] as const;
const emojis = ['❌', '🔁', '⭐', 'ℹ', '🎨'] as const;
const deaths = ['inbox.before-commit', 'inbox.after-commit', 'picture.drawn', 'picture.stored', 'picture.finished'] as const;
const dayMs = 24 * 3600 * 1000;

/** What somebody does, or what breaks; `turns` is what happens until the next. */
export type Action = { readonly turns: number } & (
  | { readonly kind: 'draw'; readonly count: number; readonly person: number; readonly prefix: '!img' | '!bild' }
  | { readonly kind: 'ask'; readonly text: (typeof texts)[number]; readonly person: number }
  | { readonly kind: 'react'; readonly emoji: (typeof emojis)[number]; readonly at: number; readonly person: number }
  | { readonly kind: 'redact'; readonly at: number }
  | { readonly kind: 'repeat'; readonly events: number }
  | { readonly kind: 'send'; readonly fault: SendFault }
  | { readonly kind: 'engine'; readonly failure: 'crash' | 'breakage' | 'memory' }
  | { readonly kind: 'crash' | 'stop' | 'start' }
  | { readonly kind: 'die'; readonly at: FailpointName }
  | { readonly kind: 'clock'; readonly ms: number }
);

const kind = <Kind extends Action['kind']>(name: Kind): { kind: fc.Arbitrary<Kind> } => ({ kind: fc.constant(name) });
const person = fc.nat(2);
const turns = fc.nat(12);
const at = fc.nat(30);
const fault: fc.Arbitrary<SendFault> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('uncertain' as const), done: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('crash' as const), done: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unknowable' as const), done: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rejected' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('limited' as const), retryAfterMs: fc.integer({ min: 1, max: 20_000 }) }) },
);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...kind('draw'),
      count: fc.integer({ min: 1, max: 3 }),
      person,
      prefix: fc.constantFrom('!img', '!bild'),
      turns,
    }),
  },
  { weight: 3, arbitrary: fc.record({ ...kind('ask'), text: fc.constantFrom(...texts), person, turns }) },
  { weight: 2, arbitrary: fc.record({ ...kind('react'), emoji: fc.constantFrom(...emojis), at, person, turns }) },
  { weight: 1, arbitrary: fc.record({ ...kind('redact'), at, turns }) },
  { weight: 1, arbitrary: fc.record({ ...kind('repeat'), events: fc.nat(10), turns }) },
  { weight: 6, arbitrary: fc.record({ ...kind('send'), fault, turns }) },
  { weight: 1, arbitrary: fc.record({ ...kind('engine'), failure: fc.constantFrom('crash', 'breakage', 'memory'), turns }) },
  { weight: 2, arbitrary: fc.record({ ...kind('crash'), turns }) },
  { weight: 1, arbitrary: fc.record({ ...kind('stop'), turns }) },
  { weight: 3, arbitrary: fc.record({ ...kind('start'), turns }) },
  { weight: 2, arbitrary: fc.record({ ...kind('die'), at: fc.constantFrom(...deaths), turns }) },
  { weight: 1, arbitrary: fc.record({ ...kind('clock'), ms: fc.constantFrom(-dayMs, -3600_000, -1000, 1000, 3600_000, dayMs), turns }) },
);

export const actions: fc.Arbitrary<readonly Action[]> = fc.array(action, { maxLength: 40, size: 'max' });

const failures = {
  crash: () => new AppError('engine_crashed'),
  breakage: () => new Error('a session that breaks'),
  memory: () => new AppError('out_of_memory'),
} as const;

export async function perform(world: ModelWorld, what: Action): Promise<void> {
  switch (what.kind) {
    case 'draw':
      world.say(`${what.prefix} a red fox --n ${what.count}`, what.person);
      break;
    case 'ask':
      world.say(what.text, what.person);
      break;
    case 'react':
      world.react(what.emoji, what.at, what.person);
      break;
    case 'redact':
      world.redact(what.at);
      break;
    case 'repeat':
      world.life.sync(what.events);
      break;
    case 'send':
      world.meet(what.fault);
      break;
    case 'engine':
      world.life.engine.failures.push(failures[what.failure]());
      break;
    case 'crash':
      world.life.crash();
      break;
    case 'stop': {
      const stopped = world.life.stop();
      await world.pass(5);
      await stopped;
      break;
    }
    case 'start':
      world.start();
      break;
    case 'die':
      world.dieAt(what.at);
      break;
    case 'clock':
      world.jump(what.ms);
      break;
  }
  await world.pass(what.turns);
}
