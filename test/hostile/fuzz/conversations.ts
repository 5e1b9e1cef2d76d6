/** Whole conversations with strangers: whatever they say, every message is carried out or answered, and nothing breaks. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Attachment } from '#core/ports.ts';
import { toPlainText } from '#core/rich-text.ts';
import { eventId, type EventId } from '#core/types.ts';
import { toHtml } from '#src/chat/matrix/html.ts';
import { testModel, World } from '../../app/world.ts';
import { flag } from '../../finish/files.ts';
import { hasHidden } from '../hidden.ts';
import { assertOnlyOurTags } from '../only-our-tags.ts';
import { nastyText, nastyWord } from './nasty.ts';
import { target, type FuzzTarget } from './target.ts';

const people = ['@ada:room', '@eve:evil', '@mallory:evil'] as const;
const rooms = ['!room', '!other'] as const;

const step = fc.record({
  kind: fc.constantFrom('say', 'say', 'say', 'react', 'redact'),
  from: fc.constantFrom(...people),
  room: fc.constantFrom(...rooms),
  text: nastyText,
  emoji: fc.oneof(fc.constantFrom('👍', '👎', '❌', '🔁', '⬆️', '⭐', '🎨', 'ℹ️'), nastyWord),
  /** Which of the messages so far it points at, of anybody and in any room. */
  at: fc.option(fc.nat({ max: 40 })),
  isThread: fc.boolean(),
  isDirect: fc.boolean(),
  file: fc.option(fc.constantFrom('picture', 'text', 'empty'), { freq: 6 }),
});

export const conversations: FuzzTarget = {
  name: 'conversations',
  what: 'messages, replies, threads, reactions and files of several people in several rooms, carried out on the real store',
  nightly: 600,
  bounded: 12,
  open: async () => {
    const world = await World.open({ maxCount: 2, maxBatch: 4, askAbove: 3, maxWaitingJobsPerPerson: 50 }, [testModel], { styles: true });
    world.platform.admins = ['@ada:room'];
    const files: Readonly<Record<string, Attachment>> = {
      picture: { name: '../../a.png', bytes: await flag(24, 24).png().toBuffer() },
      text: { name: 'styles.csv', bytes: Buffer.from('name,prompt\nx,{prompt} y\n') },
      empty: { name: '', bytes: new Uint8Array() },
    };
    return {
      property: target(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          const messages: EventId[] = [];
          const posts = world.platform.posts.length;
          for (const { kind, from, room, text, emoji, at, isThread, isDirect, file } of steps) {
            const all = [...messages, ...world.platform.posts.slice(posts).map(({ id }) => id)];
            const pointed = at === null ? undefined : (all[at % Math.max(1, all.length)] ?? eventId('$nowhere'));
            if (kind === 'react') world.react(emoji, pointed ?? eventId('$nowhere'), from, room);
            else if (kind === 'redact') world.redact(pointed ?? eventId('$nowhere'), from);
            else {
              const attached = file === null ? undefined : files[file];
              const place = pointed === undefined ? {} : isThread ? { threadId: pointed } : { replyTo: pointed };
              messages.push(world.say(text, { from, room, isDirect, ...place, ...(attached === undefined ? {} : { file: attached }) }));
            }
          }
          await world.settled();
          assert.deepEqual(world.errors.splice(0), []);
          assert.deepEqual(world.logged.splice(0), []);
          assert.equal(world.store.unhandled().length, 0);
          for (const { delivery } of world.platform.posts.splice(0)) {
            if (delivery.content.kind === 'text' || delivery.content.kind === 'edit') {
              assertOnlyOurTags(toHtml(delivery.content.text));
              assert.ok(!hasHidden(toPlainText(delivery.content.text)));
            }
            assert.notEqual(delivery.event?.code, 'internal');
          }
        }),
      ),
      close: () => world[Symbol.asyncDispose](),
    };
  },
};
