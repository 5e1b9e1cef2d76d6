/** Buttons and `/img` through the real program: pressed and typed on the server, which calls the program; and by somebody who only pretends to. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { pressTexts, commandTexts } from '#src/chat/mattermost/callback-texts.ts';
import { buttonLifeMs, ContextSigner } from '#src/chat/mattermost/signed-context.ts';
import type { PlatformMemory } from '#core/ports.ts';
import { FakeMattermost } from '../../chat/mattermost/fake/fake.ts';
import type { Person, WirePost } from '../../chat/mattermost/fake/person.ts';
import { freePort } from '../../free-port.ts';
import { Conversation, fileNames } from './mattermost-posts.ts';
import { patienceMs, until, Workplace, type Program } from './program.ts';

const say = pressTexts.en;

class Place implements AsyncDisposable {
  readonly fake: FakeMattermost;
  readonly workplace: Workplace;
  readonly url: string;
  readonly channel: string;
  readonly ada: Person;
  readonly bea: Person;
  readonly botId: string;
  readonly talk: Conversation;

  private constructor(fake: FakeMattermost, workplace: Workplace, url: string, people: Pick<Place, 'channel' | 'ada' | 'bea' | 'botId'>) {
    [this.fake, this.workplace, this.url] = [fake, workplace, url];
    ({ channel: this.channel, ada: this.ada, bea: this.bea, botId: this.botId } = people);
    this.talk = new Conversation(this.ada, this.channel, this.botId, { hasButtons: true });
  }

  static async open(): Promise<Place> {
    const [fake, port] = [await FakeMattermost.start(), await freePort()];
    const [bot, ada, bea] = [fake.createBot('blitzbild'), fake.createUser('ada'), fake.createUser('bea')];
    const teamId = fake.createTeam('team');
    const channel = fake.createChannel({ teamId, name: 'pictures', members: [bot, ada, bea] });
    const url = `http://127.0.0.1:${port}`;
    const tokens = ['img', 'bild'].map((trigger) => fake.addCommand(teamId, trigger, `${url}/command`).token);
    const workplace = await Workplace.open(
      { styles: { previews: false } },
      {
        MATTERMOST_URL: fake.url,
        MATTERMOST_TOKEN: bot.token,
        MATTERMOST_CALLBACK_URL: url,
        MATTERMOST_CALLBACK_PORT: String(port),
        MATTERMOST_COMMAND_TOKEN: tokens.join(' '),
      },
    );
    return new Place(fake, workplace, url, { channel, ada, bea, botId: bot.userId });
  }

  async start(): Promise<Program> {
    const program = await this.workplace.start();
    await program.says(/Mattermost: connected\./);
    return program;
  }

  /** What only one person saw, in order. */
  get whispers(): readonly string[] {
    return this.fake.ephemeral.map(({ text }) => text);
  }

  /** Ids of the buttons of a post. */
  buttons(postId: string): readonly string[] {
    return this.#actions(postId).map(({ id }) => id);
  }

  /** What the server would send for a press of this button, which nobody but the server can know. */
  call(postId: string, id: string, by: Person): { readonly context: Readonly<Record<string, unknown>> } & Record<string, unknown> {
    const { context } = this.#actions(postId).find((action) => action.id === id)!.integration;
    return { user_id: by.userId, channel_id: this.channel, post_id: postId, context };
  }

  /** As somebody calls who has found the address. */
  async pretend(body: object): Promise<string | undefined> {
    const response = await fetch(`${this.url}/buttons`, { method: 'POST', body: JSON.stringify(body), headers: { Connection: 'close' } });
    assert.equal(response.status, 200);
    return ((await response.json()) as { ephemeral_text?: string }).ephemeral_text;
  }

  #actions(postId: string) {
    type Action = { readonly id: string; readonly integration: { readonly context: Readonly<Record<string, unknown>> } };
    const sets = (this.fake.stored(postId).props['attachments'] ?? []) as readonly { readonly actions: readonly Action[] }[];
    return sets.flatMap(({ actions }) => actions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workplace[Symbol.asyncDispose]();
    await this.fake[Symbol.asyncDispose]();
  }
}

/** The program's own key, as only who has its data folder can read it. */
function memoryOf(workplace: Workplace): PlatformMemory {
  const database = new DatabaseSync(workplace.path('data', 'blitzbild.sqlite'), { readOnly: true });
  const rows = database.prepare(`SELECT key, value FROM memory WHERE platform = 'mattermost'`).all();
  database.close();
  const known = new Map(rows.map(({ key, value }) => [String(key), String(value)]));
  return {
    get: (key) => known.get(key),
    set: () => assert.fail('the program has its key already'),
    delete: () => assert.fail('nothing is deleted'),
    entries: () => [],
    together: (work) => work(),
  };
}

describe('buttons and slash commands of Mattermost', { concurrency: 1, timeout: 3 * patienceMs }, () => {
  test('do through the program what reactions and messages do, each once', async () => {
    await using place = await Place.open();
    const { ada, bea, talk, channel } = place;
    const first = await place.start();

    // /img: one post of the bot's that says who wants what, and its answers in the thread of that.
    await ada.runSlashCommand(channel, '/img a red fox --seed 42');
    await talk.wait('/img', 3);
    const [command] = await talk.own();
    assert.equal(command!.message, '**ada**: `/img a red fox --seed 42`');
    const answers = await talk.answers(command!.id);
    assert.deepEqual(answers.flatMap(fileNames).length, 1);
    await bea.runSlashCommand(channel, '/bild hilfe optionen');
    await talk.wait('/bild', 2);
    assert.match((await talk.own()).at(-1)!.message, /\*\*Optionen\*\*/u);
    assert.deepEqual(place.whispers, []);

    // Under a picture: again, larger, keep.
    const picture = await talk.picture('A1');
    assert.deepEqual(place.buttons(picture), ['again', 'larger', 'keep', 'vary']);
    assert.deepEqual(fileNames(await ada.post(picture)), fileNames(answers.find(({ id }) => id === picture)!));
    const replayed = place.call(picture, 'again', bea);
    await bea.press(picture, 'again');
    await talk.wait('again', 2);
    await bea.press(picture, 'larger');
    await talk.wait('larger', 2);
    assert.match((await talk.own()).at(-1)!.message, /enlarged ×4 · 1024×1024/u);
    await until('it is not offered again', () => (place.buttons(picture).includes('larger') ? undefined : true));
    await ada.press(picture, 'keep');
    assert.deepEqual(place.whispers, [say.kept('`!img gallery`')]);
    await talk.say('!img gallery', 1);
    assert.match((await talk.own()).at(-1)!.message, /a red fox · /u);

    // Buttons are good across restarts.
    assert.equal((await first.stop()).exitCode, 0, first.stderr);
    const memory = memoryOf(place.workplace);
    const program = await place.start();

    // What only pretends to be the server: of two presses with one context, of a changed one, of an expired one.
    const before = (await talk.own()).length;
    const { context } = place.call(picture, 'again', ada);
    const expired = new ContextSigner(memory, () => Date.now() - buttonLifeMs - 1000);
    const signed = expired.sign(String(context['transaction']), 'again');
    assert.equal(await place.pretend(replayed), say.used);
    assert.equal(await place.pretend({ ...replayed, context: { ...context, verb: 'larger' } }), say.unknown);
    assert.equal(await place.pretend({ ...replayed, context: {} }), say.unknown);
    assert.equal(await place.pretend({ ...replayed, context: signed }), say.expired('🔁'));
    const stranger = place.fake.createUser('eve');
    assert.equal(await place.pretend({ ...replayed, context, user_id: stranger.userId }), say.notMember);
    const form = new URLSearchParams({ token: 'x'.repeat(26), channel_id: channel, user_id: ada.userId, command: '/img', text: 'a fox' });
    const refused = (await (await fetch(`${place.url}/command`, { method: 'POST', body: form })).json()) as { readonly text: string };
    assert.equal(refused.text, commandTexts.en.wrongToken);

    // A job is stopped by whoever asked for it, and not by another.
    const long = await ada.say(channel, '!img a red fox --n 12 --steps 30 --seed 1');
    const ack = await until('it is accepted', async () => (await talk.answers(long))[0]);
    assert.deepEqual(place.buttons(ack.id), ['stop']);
    const old = JSON.stringify(place.call(ack.id, 'stop', bea));
    await bea.press(ack.id, 'stop');
    await until('bea is told', async () => ((await said(talk, /only|asked for it|admin/iu)) ? true : undefined));
    await until('there is a new button', () => (JSON.stringify(place.call(ack.id, 'stop', bea)) === old ? undefined : true));
    await ada.press(ack.id, 'stop');
    await until('it is cancelled', async () => (/cancelled/u.test((await ada.post(ack.id)).message) ? true : undefined));
    await until('there is nothing to stop', () => (place.buttons(ack.id).length === 0 ? true : undefined));
    const own = await talk.own();
    assert.ok(own.length < before + 12, 'nothing else was drawn');
    assert.equal((await program.stop()).exitCode, 0, program.stderr);
    for (const secret of ['fox', ada.userId, bea.userId, String(context['mac'])])
      assert.ok(!(first.stdout + first.stderr + program.stdout + program.stderr).includes(secret), secret);
  });
});

const said = async (talk: Conversation, pattern: RegExp): Promise<WirePost | undefined> =>
  (await talk.own()).find(({ message }) => pattern.test(message));
