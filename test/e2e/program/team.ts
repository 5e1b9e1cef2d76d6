/** The program in this process, on a homeserver and in the local room at once, with a clock that the test sets. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '#src/app/log-port.ts';
import type { Clock } from '#src/clock.ts';
import { readConfig } from '#src/config.ts';
import { start, type Running } from '#src/main.ts';
import { Person } from '../synapse/person.ts';
import type { Account, Synapse } from '../synapse/server.ts';
import { TeamRoom } from '../synapse/team-room.ts';
import { until } from './program.ts';
import { RoomClient } from './room-client.ts';

const root = resolve(import.meta.dirname, '../../..');

/** A bot with three people: Ada, who made the room and administers it, Ben and Cleo. */
export class Team implements AsyncDisposable {
  readonly ada: Person;
  readonly ben: Person;
  readonly cleo: Person;
  readonly room: TeamRoom;
  /** What went wrong by the program's own account. */
  readonly errors: string[] = [];
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #environment: Readonly<Record<string, string>>;
  #running: Running | undefined;

  private constructor(parts: {
    readonly people: readonly [Person, Person, Person];
    readonly room: TeamRoom;
    readonly folder: string;
    readonly clock: Clock;
    readonly environment: Readonly<Record<string, string>>;
  }) {
    [this.ada, this.ben, this.cleo] = parts.people;
    this.room = parts.room;
    this.#folder = parts.folder;
    this.#clock = parts.clock;
    this.#environment = parts.environment;
  }

  /** @param settings of `blitzbild.yaml` apart from provider, models and whose invitations are followed; without previews where not said */
  static async gather(
    synapse: Synapse,
    clock: Clock,
    settings: { readonly timeZone?: string; readonly previews?: boolean; readonly matrix?: object; readonly homeserverUrl?: string } = {},
  ): Promise<Team> {
    const bot: Account = await synapse.registerUser('bot');
    const people = (await Promise.all(
      ['ada', 'ben', 'cleo'].map(async (name) => new Person(synapse.url, await synapse.registerUser(name))),
    )) as [Person, Person, Person];
    const [ada, ...others] = people;
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-team-'));
    // JSON is YAML.
    await writeFile(
      join(folder, 'blitzbild.yaml'),
      JSON.stringify({
        providers: ['cpu'],
        modelFolders: [join(root, 'models')],
        styles: { previews: settings.previews === true },
        ...(settings.timeZone === undefined ? {} : { timeZone: settings.timeZone }),
        matrix: { allowedInviters: [ada.userId], ...settings.matrix },
      }),
    );
    const environment = {
      BLITZBILD_DATA: join(folder, 'data'),
      BLITZBILD_CONFIG: folder,
      BLITZBILD_PORT: '0',
      BLITZBILD_OPERATIONS_PORT: '0',
      MATRIX_HOMESERVER_URL: settings.homeserverUrl ?? synapse.url,
      MATRIX_ACCESS_TOKEN: bot.accessToken,
    };
    const roomId = await ada.createRoom({ invite: [bot.userId, ...others.map(({ userId }) => userId)] });
    for (const person of others) await person.join(roomId);
    const team = new Team({ people, room: new TeamRoom(roomId, bot.userId, ada), folder, clock, environment });
    await team.start();
    await until('the bot joins', async () => ((await ada.members(roomId)).includes(bot.userId) ? true : undefined));
    return team;
  }

  async start(): Promise<void> {
    const config = readConfig(this.#folder, this.#environment);
    const error = (fields: object, message: string): void =>
      void this.errors.push(`${message} ${String((fields as { err?: Error }).err?.stack)}`);
    const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error };
    const connected = Promise.withResolvers<void>();
    this.#running = await start(config, log, {
      say: (line) => (line === 'Matrix: connected.' ? connected.resolve() : connected.reject(new Error(line))),
      signal: new AbortController().signal,
      clock: this.#clock,
    });
    await connected.promise;
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.close();
  }

  /** Somebody in the local room of this bot. */
  get local(): RoomClient {
    const url = this.#running?.roomUrl;
    if (url === undefined) throw new Error('The bot is not running.');
    return new RoomClient(url.replace(/\/$/u, ''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.room[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
