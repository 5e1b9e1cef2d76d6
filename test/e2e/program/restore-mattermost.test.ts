/** What a backup means for a bot on Mattermost, whose channels remember what the backup does not know. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FakeMattermost } from '../../chat/mattermost/fake/fake.ts';
import type { Person, WirePost } from '../../chat/mattermost/fake/person.ts';
import { patienceMs, until, Workplace, type Program } from './program.ts';

const fox = (seed: number): string => `!img a red fox --seed ${seed}`;

/** A bot with a channel, which is ended and begun again. */
class Place implements AsyncDisposable {
  readonly fake: FakeMattermost;
  readonly bot: { readonly userId: string; readonly token: string };
  readonly ada: Person;
  readonly channelId: string;
  readonly workplace: Workplace;
  #program: Program | undefined;

  private constructor(fake: FakeMattermost, workplace: Workplace, bot: Place['bot']) {
    [this.fake, this.workplace, this.bot, this.ada] = [fake, workplace, bot, fake.createUser('ada')];
    this.channelId = fake.createChannel({ teamId: fake.createTeam('red'), name: 'pictures', members: [this.ada, bot] });
  }

  static async open(): Promise<Place> {
    const fake = await FakeMattermost.start();
    const bot = fake.createBot('blitzbild');
    const environment = { MATTERMOST_URL: fake.url, MATTERMOST_TOKEN: bot.token };
    const place = new Place(fake, await Workplace.open({ styles: { previews: false }, room: { enabled: false } }, environment), bot);
    await place.start();
    return place;
  }

  async start(): Promise<void> {
    this.#program = this.workplace.launch();
    await this.#program.says(/Mattermost: connected\.\n/);
  }

  async stop(): Promise<void> {
    assert.equal((await this.#program?.stop())?.exitCode, 0, this.#program?.stderr);
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
  }

  async say(text: string): Promise<string> {
    return this.ada.say(this.channelId, text);
  }

  /** The bot's words and pictures in the thread of a command. */
  async answers(command: string): Promise<{ readonly texts: readonly string[]; readonly pictures: number }> {
    const own = (await this.ada.history(this.channelId)).filter(
      ({ user_id: user, root_id: root }) => user === this.bot.userId && root === command,
    );
    const isPicture = ({ file_ids: files = [] }: WirePost): boolean => files.length > 0;
    return {
      texts: own.filter((post) => !isPicture(post)).map(({ message }) => message),
      pictures: own.reduce((sum, { file_ids: files = [] }) => sum + files.length, 0),
    };
  }

  async drawn(command: string, pictures: number): Promise<void> {
    await until(`${pictures} pictures and the end of ${command}`, async () => {
      const there = await this.answers(command);
      return there.pictures >= pictures && there.texts.length === 1 && /\bs\b.*·|done|Done/u.test(there.texts[0] ?? '') ? true : undefined;
    });
  }

  async run(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.workplace.run(args);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workplace[Symbol.asyncDispose]();
    await this.fake[Symbol.asyncDispose]();
  }
}

describe('a backup of a bot on Mattermost', { concurrency: 1, timeout: 3 * patienceMs }, () => {
  test('begins at the present: what was answered since is not answered again, what was not is not answered either', async () => {
    await using place = await Place.open();
    const backup = place.workplace.path('backup');
    const early = await place.say(fox(1));
    await place.drawn(early, 1);
    // Under way at the backup, and brought to its end by the bot that the backup knows nothing of.
    const underWay = await place.say('!img a red fox --steps 20 --n 4 --seed 2');
    await until('it is accepted', async () => ((await place.answers(underWay)).texts.length > 0 ? true : undefined));
    await place.run('backup', backup);
    const since = await place.say(fox(3));
    await place.drawn(underWay, 4);
    await place.drawn(since, 1);
    const before = await Promise.all([early, underWay, since].map(async (command) => place.answers(command)));
    await place.stop();
    const lost = await place.say(fox(4));

    const said = await place.run('restore', backup, '--yes');
    assert.match(said, /In rooms of a server the bot begins at the present/);
    assert.match(said, /^1 job was open at that time: the rooms are told, unless they have the end already\.$/m);
    await place.start();
    const later = await place.say(fox(5));
    await place.drawn(later, 1);
    // What it still had to say has had its time.
    await delay(3000);
    assert.deepEqual(await Promise.all([early, underWay, since].map(async (command) => place.answers(command))), before);
    assert.deepEqual(await place.answers(lost), { texts: [], pictures: 0 });
    await place.stop();
  });

  test('where the bot came to no end after the backup, the channel is told', async () => {
    await using place = await Place.open();
    const backup = place.workplace.path('backup');
    const open = await place.say('!img a red fox --steps 30 --n 8 --seed 2');
    await until('it is accepted', async () => ((await place.answers(open)).texts.length > 0 ? true : undefined));
    await place.run('backup', backup);
    await place.kill();
    await place.run('restore', backup, '--yes');
    await place.start();
    await until('the channel is told', async () =>
      (await place.answers(open)).texts.some((text) => /restored from a backup/.test(text)) ? true : undefined,
    );
    assert.equal((await place.answers(open)).texts.length, 1, 'in the place of what was said before');
    await place.stop();
  });
});
