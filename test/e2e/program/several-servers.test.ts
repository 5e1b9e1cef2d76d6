/** One program in the local room, on Matrix and on Mattermost at once: one queue for all, and none that waits for another. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeMattermost } from '../../chat/mattermost/fake/fake.ts';
import type { Person, WirePost } from '../../chat/mattermost/fake/person.ts';
import { json, said, SmallHomeserver, type SeenRequest } from '../../chat/matrix/small-homeserver.ts';
import { freePort } from '../../free-port.ts';
import { patienceMs, until, Workplace, type Program } from './program.ts';
import { RoomClient } from './room-client.ts';

const matrixToken = 'syt_canary_of_the_token';

/** Both servers, and a workplace whose settings name them. */
class Place implements AsyncDisposable {
  readonly homeserver: SmallHomeserver;
  readonly fake: FakeMattermost;
  readonly bot: { readonly userId: string; readonly token: string };
  readonly ada: Person;
  readonly channelId: string;
  readonly workplace: Workplace;
  readonly port: number;
  readonly #taken: SeenRequest[] = [];

  private constructor(homeserver: SmallHomeserver, fake: FakeMattermost, workplace: Workplace, port: number, people: People) {
    [this.homeserver, this.fake, this.workplace, this.port] = [homeserver, fake, workplace, port];
    // Behind all other rules: what gets so far is answered.
    homeserver.rules.push((request) => {
      if (request.path.includes('/send/m.room.message/')) this.#taken.push(request);
    });
    ({ bot: this.bot, ada: this.ada, channelId: this.channelId } = people);
  }

  static async open({ hasRoom = true }: { readonly hasRoom?: boolean } = {}): Promise<Place> {
    const [homeserver, fake, port] = [await SmallHomeserver.start(), await FakeMattermost.start(), await freePort()];
    const people = peopleOf(fake);
    const workplace = await Workplace.open(
      { styles: { previews: false }, room: { enabled: hasRoom } },
      {
        MATRIX_HOMESERVER_URL: homeserver.url,
        MATRIX_ACCESS_TOKEN: matrixToken,
        MATTERMOST_URL: fake.url,
        MATTERMOST_TOKEN: people.bot.token,
        BLITZBILD_OPERATIONS_PORT: String(port),
      },
    );
    return new Place(homeserver, fake, workplace, port, people);
  }

  /** What `/readyz` says of both servers. */
  async checks(): Promise<readonly (string | undefined)[]> {
    const { checks } = (await (await fetch(`http://127.0.0.1:${this.port}/readyz`)).json()) as {
      checks: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string }>>;
    };
    return ['homeserver', 'mattermost'].map((name) => (checks[name]?.ok === true ? 'fine' : checks[name]?.reason));
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
  }

  sayOnMatrix(id: string, text: string): void {
    this.homeserver.batches.push([said(id, text)]);
  }

  /** Pictures that stand in the Matrix room, by their names. */
  get matrixPictures(): readonly string[] {
    const taken = new Map(this.#taken.map(({ path, body }) => [path, JSON.parse(body.toString()) as { msgtype?: string; body?: string }]));
    return [...taken.values()].filter(({ msgtype }) => msgtype === 'm.image').map(({ body }) => body ?? '');
  }

  async posts(): Promise<readonly WirePost[]> {
    return (await this.ada.history(this.channelId)).filter(({ user_id: user }) => user === this.bot.userId);
  }

  async mattermostPictures(): Promise<readonly string[]> {
    return (await this.posts()).flatMap(({ metadata }) => metadata?.files?.map(({ name }) => name) ?? []);
  }

  /** Nobody's token, name or words stand in what the program wrote. */
  assertDiscreet({ stdout, stderr }: Program): void {
    for (const secret of [matrixToken, this.bot.token, this.ada.userId, '@ada:small.test', 'fox'])
      assert.ok(!(stdout + stderr).includes(secret), secret);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workplace[Symbol.asyncDispose]();
    await this.homeserver[Symbol.asyncDispose]();
    await this.fake[Symbol.asyncDispose]();
  }
}

type People = Pick<Place, 'bot' | 'ada' | 'channelId'>;

function peopleOf(fake: FakeMattermost): People {
  const [bot, ada] = [fake.createBot('blitzbild'), fake.createUser('ada')];
  const channelId = fake.createChannel({ teamId: fake.createTeam('red'), name: 'pictures', members: [ada, bot] });
  return { bot, ada, channelId };
}

describe('several servers at once', { concurrency: 1, timeout: 3 * patienceMs }, () => {
  test('each has the answers of its own people, also while another one is away', async () => {
    await using place = await Place.open();
    const { ada, channelId, homeserver, fake } = place;
    const program = await place.workplace.start({ LOG_LEVEL: 'debug' });
    await program.says(/Matrix: connected\./);
    await program.says(/Mattermost: connected\./);
    const room = new RoomClient(program.url);
    const here = await room.say('!img a red fox --seed 1');
    await ada.say(channelId, '!img a red fox --seed 2');
    place.sayOnMatrix('$one', '!img a red fox --seed 3');
    await room.finished(here);
    await until('a picture in each', async () =>
      place.matrixPictures.length === 1 && (await place.mattermostPictures()).length === 1 ? true : undefined,
    );
    assert.equal((await room.answers(here))?.images.length, 1);
    assert.deepEqual(await place.checks(), ['fine', 'fine']);
    const metrics = await place.metrics();
    for (const platform of ['matrix', 'mattermost'])
      assert.match(metrics, new RegExp(`^blitzbild_sync_age_seconds\\{platform="${platform}"\\} [\\d.]+$`, 'mu'));

    // The homeserver takes nothing any more: what waits for it keeps nobody else waiting.
    let isAway = true;
    homeserver.rules.unshift((request, response) => {
      if (!isAway || !request.path.includes('/send/')) return undefined;
      json(response, 502, {});
      return true;
    });
    place.sayOnMatrix('$two', '!img a red fox --seed 4');
    await until('it was tried', () => (homeserver.asked('/send/').length > 3 ? true : undefined));
    await ada.say(channelId, '!img a red fox --seed 5');
    await until('a picture on Mattermost', async () => ((await place.mattermostPictures()).length === 2 ? true : undefined));
    assert.equal(place.matrixPictures.length, 1);
    isAway = false;

    // Nor does a Mattermost that is down.
    await until('the picture for Matrix', () => (place.matrixPictures.length === 2 ? true : undefined));
    await fake.down();
    place.sayOnMatrix('$three', '!img a red fox --seed 6');
    await until('a picture on Matrix', () => (place.matrixPictures.length === 3 ? true : undefined));
    await fake.up();
    await ada.say(channelId, '!img a red fox --seed 7');
    await until('a picture on Mattermost', async () => ((await place.mattermostPictures()).length === 3 ? true : undefined));
    assert.equal((await program.stop()).exitCode, 0, program.stderr);
    place.assertDiscreet(program);
  });

  test('a refused token here and nobody there: both are told, the local room draws, and either comes by itself', async () => {
    await using place = await Place.open();
    place.fake.deactivate(place.bot);
    let isAway = true;
    place.homeserver.rules.unshift((_, response) => {
      if (isAway) json(response, 502, {});
      return isAway ? true : undefined;
    });
    const program = await place.workplace.start();
    await program.says(/Mattermost: [^\n]*token[^\n]* The local room and Matrix work without it\.\n/);
    await program.says(/Matrix: [^\n]*Trying again in 5 s\.\n/);
    const room = new RoomClient(program.url);
    await room.finished(await room.say('!img a red fox --seed 1'));
    const [matrix, mattermost] = await place.checks();
    assert.match(matrix ?? '', /homeserver does not answer/);
    assert.match(mattermost ?? '', /token is not valid/);
    isAway = false;
    await program.says(/Matrix: connected\./);
    // Checks are asked once in two seconds.
    const later = await until('Matrix is fine', async () => {
      const checks = await place.checks();
      return checks[0] === 'fine' ? checks : undefined;
    });
    assert.match(later[1] ?? '', /token is not valid/);
    assert.equal((await program.stop()).exitCode, 0, program.stderr);
    place.assertDiscreet(program);
  });

  test('without the local room the start waits for either of the two', async () => {
    await using place = await Place.open({ hasRoom: false });
    place.homeserver.rules.unshift((_, response) => {
      json(response, 401, { errcode: 'M_UNKNOWN_TOKEN', error: 'gone' });
      return true;
    });
    const program = place.workplace.launch();
    await program.says(/Matrix: [^\n]* Mattermost works without it\.\n/);
    await program.says(/Mattermost: connected\.\n[^]*Blitzbild is ready\.\n/);
    await place.ada.say(place.channelId, '!img a red fox --seed 1');
    await until('a picture on Mattermost', async () => ((await place.mattermostPictures()).length === 1 ? true : undefined));
    assert.equal((await program.stop()).exitCode, 0, program.stderr);
  });
});
