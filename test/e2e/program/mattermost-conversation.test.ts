/**
 * A typical conversation on Mattermost, as the server has it in the end: docs/mattermost-conversation.json. Screenshots need a server; the
 * exact posts do not. After a change that is meant: `node --test --test-update-snapshots` with this file, and read the difference.
 */
import { resolve } from 'node:path';
import { test } from 'node:test';
import { FakeMattermost } from '../../chat/mattermost/fake/fake.ts';
import { Conversation } from './mattermost-posts.ts';
import { NamedPosts } from './mattermost-names.ts';
import { patienceMs, Workplace } from './program.ts';

const golden = resolve(import.meta.dirname, '../../../docs/mattermost-conversation.json');

test('the posts of a typical conversation are those in the documentation', { timeout: 3 * patienceMs }, async (t) => {
  await using fake = await FakeMattermost.start();
  const [bot, ada] = [fake.createBot('blitzbild'), fake.createUser('ada')];
  const channel = fake.createChannel({ teamId: fake.createTeam('team'), name: 'pictures', members: [bot, ada] });
  await using workplace = await Workplace.open(
    { styles: { previews: false }, admins: [ada.userId] },
    { MATTERMOST_URL: fake.url, MATTERMOST_TOKEN: bot.token },
  );
  const program = await workplace.start();
  await program.says(/Mattermost: connected\./);
  const talk = new Conversation(ada, channel, bot.userId);

  const fox = await talk.say('!img a red fox in the snow --n 2 --seed 42 --style watercolor,pixel-art', 6);
  await talk.react(await talk.picture('A1'), 'arrow_up', 2);
  await talk.say('!img vary A2 --strength 0.4 --seed 5', 2, { rootId: fox });
  await talk.say('!img a fox --stlye watercolor', 1);
  const castle = await talk.say('!bild ein Schloss @channel **fett** :smile: --startwert 7', 2);
  await talk.say('!bild info', 1, { rootId: castle });
  await talk.say('!bild', 1);
  await talk.say('!img limits', 1);
  const many = await talk.say('!img a castle --n 20 --style watercolor,neon', 1);
  await talk.react((await talk.answers(many))[0]!.id, '-1', 1);
  await talk.say('!img admin pause', 1);
  const boat = await talk.say('!img a boat --seed 1', 1, { isHeld: true });
  const [held] = await talk.answers(boat);
  await talk.say('!img cancel', 1, { rootId: boat });
  await talk.say('!img admin resume', 1);

  const names = new NamedPosts({ bot: bot.userId, ada: ada.userId, channel });
  const posts = names.shown(await talk.posts());
  const waiting = names.shown([held!]);
  await program.stop();
  const shown = { 'a job that waits for the queue to go on, before it was cancelled': waiting[0], posts };
  t.assert.fileSnapshot(shown, golden, { serializers: [(value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`] });
});
