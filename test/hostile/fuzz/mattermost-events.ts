/** What a Mattermost server passes on: any JSON in the place of posts, events, lists and calls. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { IncomingEvent } from '#core/incoming.ts';
import { Channels } from '#src/chat/mattermost/channels.ts';
import { Incoming, takePosts } from '#src/chat/mattermost/incoming.ts';
import { ServerError } from '#src/chat/mattermost/server-error.ts';
import { ContextSigner } from '#src/chat/mattermost/signed-context.ts';
import { told } from '#src/chat/mattermost/told.ts';
import { isObject } from '#src/chat/common/raw.ts';
import { MemoryInTest } from '../../chat/matrix/fakes.ts';
import { nastyText, nastyWord, prototypeKeys } from './nasty.ts';
import { nested } from './nested.ts';
import { target, type FuzzTarget } from './target.ts';

const idOf = (letter: string): string => letter.repeat(26);
const [bot, ada, eve] = [idOf('b'), idOf('a'), idOf('e')];

const id = fc.oneof(fc.constantFrom(bot, ada, eve, idOf('c'), '', '..', `${bot}/x`), nastyWord);
const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), nested, nastyWord, fc.constant(null));
/** What should be there, or something else. */
const or = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.oneof({ weight: 5, arbitrary }, { weight: 1, arbitrary: odd });

const file = fc.record({
  id: or(id),
  name: or(nastyWord),
  mime_type: or(fc.constantFrom('image/png', 'a/b\r\nX: y')),
  size: or(fc.integer()),
});
const props = fc.record(
  {
    from_bot: or(fc.constantFrom('true', 'false')),
    from_webhook: or(fc.constantFrom('false', 'no')),
    blitzbild: or(
      fc.record({ delivery: or(nastyWord), command: or(fc.record({ user: or(id), text: or(nastyText) })) }, { requiredKeys: [] }),
    ),
    attachments: odd,
  },
  { requiredKeys: [] },
);
const post = fc.record(
  {
    id: or(fc.constantFrom(idOf('p'), idOf('q'))),
    channel_id: or(fc.constant(idOf('c'))),
    user_id: or(fc.constantFrom(ada, eve, bot)),
    root_id: or(fc.constantFrom('', '', idOf('r'))),
    type: or(fc.constantFrom('', '', '', 'system_header_change', 'custom_x')),
    message: or(nastyText),
    props: or(props),
    file_ids: or(fc.array(or(id), { maxLength: 2 })),
    create_at: or(fc.integer()),
    delete_at: or(fc.constant(0)),
    metadata: or(fc.record({ files: or(fc.array(or(file), { maxLength: 2 })), reactions: odd }, { requiredKeys: [] })),
  },
  { requiredKeys: ['id', 'channel_id', 'user_id'] },
);
const reaction = fc.record({ user_id: or(id), post_id: or(id), emoji_name: or(fc.constantFrom('+1', 'x', 'repeat')), create_at: odd });
/** As it goes over the wire, also what is nested so deeply that nothing recursive writes it. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  }
}
/** Half of the server's events hold JSON within JSON. */
const asText = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => or(arbitrary.map(json));
const event = fc.record({
  name: fc.constantFrom(
    'posted',
    'posted',
    'post_deleted',
    'reaction_added',
    'reaction_removed',
    'user_removed',
    'channel_deleted',
    'user_added',
    ...prototypeKeys,
  ),
  data: fc.record(
    { post: asText(post), reaction: asText(reaction), channel_id: or(id), user_id: or(id), remover_id: or(id) },
    { requiredKeys: [] },
  ),
  broadcast: fc.record({ channel_id: or(id), user_id: or(id) }, { requiredKeys: [] }),
});
const list = fc.record({
  order: or(fc.array(or(fc.constantFrom(idOf('p'), '__proto__', 'constructor')), { maxLength: 3 })),
  posts: or(fc.record({ [idOf('p')]: or(post) })),
});

/** Asks a server that says one thing; nobody is a bot but Eve. */
const incomingFrom = (said: unknown): Incoming =>
  new Incoming({
    client: { ask: async () => said },
    ownUserId: bot,
    people: { isBot: async (user) => user === eve, isAdmin: async () => false },
    kindOf: () => 'O',
    now: () => 1,
  });

function assertRead(whole: IncomingEvent | undefined, author: string, by: { readonly props: unknown; readonly userId: string }): void {
  if (whole === undefined) return;
  // Its own posts say who typed a slash command.
  if (by.userId !== bot) {
    assert.equal(whole.sender, author, 'whoever the server says wrote it, and nobody that the post names');
    assert.notEqual(whole.sender, eve, 'bots say nothing');
  }
  for (const [key, value] of Object.entries(whole)) {
    if (key === 'attachment') assert.ok(isObject(value) && typeof value['name'] === 'string' && !/[/\\\0]/u.test(value['name']));
    else assert.ok(['string', 'boolean', 'number'].includes(typeof value), `${key} is ${typeof value}`);
  }
  assert.deepEqual(JSON.parse(JSON.stringify(whole)), whole, 'it can be stored');
}

async function assertEvent(raw: { name: string; data: object; broadcast: object }, said: unknown): Promise<void> {
  const heard = told({ name: raw.name, data: { ...raw.data }, broadcast: { ...raw.broadcast } }, bot);
  const incoming = incomingFrom(said);
  if (heard?.kind === 'post') assertRead(await incoming.message(heard.post), heard.post.userId, heard.post);
  if (heard?.kind === 'deletion') incoming.deletion(heard.post, heard.by);
  if (heard?.kind === 'reaction') {
    const whole = await incoming.reaction(heard.channelId, heard.reaction);
    assert.ok(whole === undefined || whole.sender === heard.reaction.userId);
  }
}

export const mattermostEvents: FuzzTarget = {
  name: 'mattermost',
  what: 'posts, events and lists of a Mattermost server, and calls in its name',
  nightly: 30_000,
  bounded: 1500,
  open: async () => {
    const memory = new MemoryInTest();
    const signer = new ContextSigner(memory, () => 1);
    const signed = signer.sign('delivery', 'stop');
    assert.equal(signer.read(signed).state, 'valid');
    return {
      property: target(
        fc.asyncProperty(
          event,
          list,
          fc.record({
            context: or(fc.record({ transaction: odd, nonce: odd, mac: or(nastyWord), expires: or(fc.integer()), verb: odd })),
            said: odd,
          }),
          async (raw, posts, { context, said }) => {
            await assertEvent(raw, said);
            const incoming = incomingFrom(said);
            for (const taken of takePosts(posts)) assertRead(await incoming.message(taken), taken.userId, taken);
            assert.notEqual(signer.read(context).state, 'valid', 'nobody else signs');
            for (const key of ['transaction', 'verb', 'nonce', 'expires'] as const)
              if (said !== signed[key]) assert.equal(signer.read({ ...signed, [key]: said }).state, 'unknown', key);
            const channels = new Channels({
              client: { ask: async () => said, download: async () => Buffer.from(json(said)) },
              ownUserId: bot,
              memory,
              allowed: { teams: ['red'], channels: [] },
            });
            await channels.list().catch((error: unknown) => assert.ok(error instanceof ServerError, String(error)));
          },
        ),
      ),
    };
  },
};
