import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Delivery } from '#core/ports.ts';
import { eventId, roomId, type Language } from '#core/types.ts';
import { buttonVerbs, reactionOf, SignedButtons, verbsOn } from '#src/chat/mattermost/buttons.ts';
import { buttonNames, commandTexts, pressTexts } from '#src/chat/mattermost/callback-texts.ts';
import { buttonLifeMs, ContextSigner, type SignedContext } from '#src/chat/mattermost/signed-context.ts';

import { MemoryInTest } from '../matrix/fakes.ts';

const room = roomId('c'.repeat(26));

const buttonsIn = (language: Language, memory = new MemoryInTest()): SignedButtons =>
  new SignedButtons({ memory, url: 'https://bot.example.org', languageOf: () => language, now: () => 1000 });

const delivery = (type?: NonNullable<Delivery['event']>['type']): Delivery => ({
  transactionId: 'k7f3-1-ack',
  roomId: room,
  content: { kind: 'text', text: [] },
  ...(type === undefined ? {} : { event: { type } }),
});

type Action = {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly integration: { readonly url: string; readonly context: SignedContext };
};

const actionsOf = (attachments: readonly object[]): readonly Action[] =>
  attachments.flatMap((attachment) => (attachment as { actions: readonly Action[] }).actions);

test('each kind of message has the buttons that suit it, and most have none', () => {
  const buttons = buttonsIn('en');
  const verbs = (type: Parameters<typeof delivery>[0]) => actionsOf(buttons.attachmentsFor(delivery(type))).map(({ id }) => id);
  assert.deepEqual(verbs('ack'), ['stop']);
  assert.deepEqual(verbs('image'), ['again', 'larger', 'keep', 'vary']);
  assert.deepEqual(verbs('ask'), ['yes', 'no']);
  for (const type of ['progress', 'sheet', 'text', 'error', 'done', undefined] as const)
    assert.deepEqual(buttons.attachmentsFor(delivery(type)), [], type);
  const edit: Delivery = { ...delivery('ack'), content: { kind: 'edit', target: eventId('e'), text: [] } };
  assert.deepEqual(buttons.attachmentsFor(edit), [], 'an edit leaves the buttons of its message');
});

test('buttons speak the language of the room and lead to the configured address', () => {
  const [english, german] = (['en', 'de'] as const).map((language) => actionsOf(buttonsIn(language).attachmentsFor(delivery('image'))));
  assert.deepEqual(
    english?.map(({ name }) => name),
    ['🔁 Again', '⬆️ Larger', '⭐ Keep', '🎨 Vary'],
  );
  assert.deepEqual(
    german?.map(({ name }) => name),
    ['🔁 Nochmal', '⬆️ Größer', '⭐ Merken', '🎨 Variieren'],
  );
  for (const { id, type, integration } of english ?? []) {
    assert.match(id, /^[A-Za-z0-9]+$/);
    assert.equal(type, 'button');
    assert.equal(integration.url, 'https://bot.example.org/buttons');
    assert.equal(integration.context.verb, id);
  }
});

test('what stands on a message is read from its props, whatever else is in there', () => {
  const [attachment] = buttonsIn('en').attachmentsFor(delivery('image'));
  const props = { attachments: [{ text: 'of somebody else' }, attachment, { actions: [{ id: 'foreign' }, 7, null] }, 'x'] };
  assert.deepEqual(verbsOn(props), ['again', 'larger', 'keep', 'vary']);
  assert.deepEqual(verbsOn({}), []);
});

test('a context counts as it was signed, once, until it expires', () => {
  const memory = new MemoryInTest();
  let nowMs = 5000;
  const signer = new ContextSigner(memory, () => nowMs);
  const context = signer.sign('t', 'again');
  assert.equal(context.expires, 5000 + buttonLifeMs);
  assert.equal(signer.read(context).state, 'valid');
  assert.equal(new ContextSigner(memory, () => nowMs).read(context).state, 'valid', 'the key outlives the process');
  assert.notEqual(signer.sign('t', 'again').nonce, context.nonce);
  nowMs = context.expires - 1;
  assert.equal(signer.read(context).state, 'valid');
  nowMs = context.expires;
  assert.equal(signer.read(context).state, 'expired');
  nowMs = 5000;
  signer.use(context);
  assert.equal(signer.read(context).state, 'used');
});

test('nothing of a context can be changed, and no other bot’s counts', () => {
  const signer = new ContextSigner(new MemoryInTest(), () => 5000);
  const context = signer.sign('t', 'again');
  const forgeries: readonly unknown[] = [
    { ...context, transaction: 'u' },
    { ...context, verb: 'stop' },
    { ...context, nonce: 'AAAA' },
    { ...context, expires: context.expires + 1 },
    { ...context, mac: '' },
    { ...context, mac: `${context.mac}AAAA` },
    { ...context, mac: context.mac.slice(0, 20) },
    { ...context, expires: String(context.expires) },
    { ...context, transaction: ['t'] },
    new ContextSigner(new MemoryInTest(), () => 5000).sign('t', 'again'),
    {},
    null,
    'context',
    [context],
  ];
  for (const forged of forgeries) assert.deepEqual(signer.read(forged), { state: 'unknown' }, JSON.stringify(forged));
  assert.equal(signer.read({ ...context, more: true }).state, 'valid');
});

test('presses are forgotten when they have expired, and not before', () => {
  const memory = new MemoryInTest();
  let nowMs = 0;
  const signer = new ContextSigner(memory, () => nowMs);
  const old = signer.sign('t', 'again');
  signer.use(old);
  nowMs = buttonLifeMs / 2;
  const newer = signer.sign('t', 'again');
  signer.use(newer);
  assert.equal(memory.entries('press:').length, 2);
  nowMs = old.expires;
  const newest = signer.sign('t', 'again');
  signer.use(newest);
  assert.deepEqual(
    memory.entries('press:').map(([key]) => key),
    [`press:${newer.nonce}`, `press:${newest.nonce}`].toSorted(),
  );
  assert.equal(signer.read(old).state, 'expired');
});

test('both languages say everything, with the same values in it', () => {
  for (const verb of buttonVerbs) assert.notEqual(buttonNames.en[verb], buttonNames.de[verb], verb);
  assert.equal(new Set(Object.values(reactionOf)).size, buttonVerbs.length);
  for (const texts of [pressTexts, commandTexts] as const) {
    assert.deepEqual(Object.keys(texts.de), Object.keys(texts.en));
    for (const [key, english] of Object.entries(texts.en) as [string, string | ((value: string) => string)][]) {
      const german = (texts.de as unknown as Record<string, typeof english>)[key]!;
      assert.equal(typeof german, typeof english);
      const [one, other] = [english, german].map((text) => (typeof text === 'string' ? text : text('VALUE')));
      assert.notEqual(one, other, key);
      assert.equal(typeof english === 'function', one!.includes('VALUE'), key);
      assert.equal(one!.includes('VALUE'), other!.includes('VALUE'), key);
      assert.match(one!, /\.\)?$/, key);
      assert.match(other!, /\.\)?$/, key);
    }
  }
});
