/** Prompts that are refused or warned of, wherever words come from: commands, plans, styles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Meter } from '#core/operations-port.ts';
import { readRule, type ListedRule } from '#core/prompt-rules.ts';
import { toPlainText } from '#core/rich-text.ts';
import { TestClock } from '../test-clock.ts';
import { testModel, World, type WorldOptions } from '../world.ts';

const rule = (line: string): ListedRule => {
  const read = readRule(line);
  assert.ok(typeof read !== 'string');
  return read;
};
const promptLists = { refuse: [rule('guns')], warn: [rule('blood')], names: () => [rule('Mickey Mouse')] };
const open = async (options: WorldOptions = {}): Promise<World> => World.open({}, [testModel], { promptLists, styles: true, ...options });

/** Counts what rules refused. */
function counting(): { readonly refused: string[]; readonly meter: Meter } {
  const refused: string[] = [];
  const meter: Meter = {
    jobEnded: () => {},
    pictureMade: () => {},
    pictureHeldBack: () => {},
    promptRefused: (which) => void refused.push(which),
    sendTried: () => {},
    throttled: () => {},
  };
  return { refused, meter };
}

test('nothing is queued, kept or logged of a prompt that is refused; a counter says which rule it was', async () => {
  const { refused, meter } = counting();
  await using world = await open({ meter });
  for (const [typed, code] of [
    ['!img a naked child', 'prompt_minors'],
    ['!bild nackte Sabine aus der Buchhaltung', 'prompt_named_nudity'],
    ['!img a man with guns', 'prompt_listed'],
    ['!img {a fox, a man with guns} --n 2', 'prompt_listed'],
    ['!img a man with guns --n 20', 'prompt_listed'],
  ] as const) {
    await world.asks(typed);
    assert.equal(world.platform.refusals.at(-1), code, typed);
    assert.equal(world.lastText.split('\n').length, 1);
  }
  assert.deepEqual(refused, ['minors', 'named-nudity', 'listed', 'listed', 'listed']);
  assert.deepEqual([world.engine.made.length, world.store.jobs.open().length, world.logged.length], [0, 0, 0]);
  assert.doesNotMatch(world.platform.texts.join('\n'), /Sabine/u, 'the answer names the rule, not the person');
});

test('words that are added later are read with the earlier ones', async () => {
  await using world = await open();
  await world.asks('!img a child in a garden');
  await world.asks('!img + naked');
  assert.equal(world.platform.refusals.at(-1), 'prompt_minors');
  assert.equal(world.engine.made.length, 1);
});

test('a negative prompt names what is not wanted: it is not read', async () => {
  await using world = await open();
  await world.asks('!img a child in a garden --no nude');
  assert.deepEqual([world.platform.refusals, world.engine.made.length], [[], 1]);
});

test('a style can neither hold such words nor bring them together with a prompt', async () => {
  await using world = await open({ admins: ['@root:room'] });
  await world.asks('!img style set bare "{prompt}, naked child"', { from: '@root:room' });
  assert.equal(world.platform.refusals.at(-1), 'prompt_minors');
  await world.asks('!img style set bare "{prompt}, nude, oil on canvas"', { from: '@root:room' });
  await world.asks('!img yes', { from: '@root:room' });
  await world.asks('!img a child --style bare');
  assert.equal(world.platform.refusals.at(-1), 'prompt_minors');
  await world.asks('!img a bowl of fruit --style bare');
  assert.equal(world.engine.made.length, 1);
});

test('a plan is refused when it is made, and at its run where the list has changed since', async () => {
  const clock = new TestClock('2026-11-23T06:00:00Z');
  const lists = { refuse: [] as ListedRule[], warn: [], names: () => [] };
  await using world = await open({ clock, promptLists: lists });
  await world.asks('!img plan "daily 07:00" a naked child');
  assert.equal(world.platform.refusals.at(-1), 'prompt_minors');
  await world.asks('!img plan "daily 07:00" a man with guns');
  assert.deepEqual(world.store.plans.list().length, 1);
  lists.refuse.push(rule('guns'));
  await world.asks('!img plan run 1');
  assert.match(world.platform.texts.join('\n'), /has put guns on the list of what is not drawn/u);
  assert.equal(world.engine.made.length, 0);
});

test('names give a warning in the acknowledgement and at the end, and stand in the negative prompt', async () => {
  await using world = await open();
  const acknowledged: string[] = [];
  world.platform.onSend = ({ event, content }) => {
    if (event?.type === 'ack' && content.kind === 'text') acknowledged.push(toPlainText(content.text));
  };
  await world.asks('!img mickey mouse at the sea, blood --no text');
  assert.match(acknowledged.join(''), /names Mickey Mouse, which somebody may have rights in/u);
  assert.equal(world.engine.made[0]?.negativePrompt, 'text, Mickey Mouse');
  assert.match(world.lastText, /names Mickey Mouse[\s\S]*asks for care with blood/u);
  await world.asks('!img again');
  assert.equal(world.engine.made[1]?.negativePrompt, 'text, Mickey Mouse');
});
