/** A program on a homeserver, to be broken: fresh users in a fresh room, and an account of every command that was said there. */
import { randomBytes } from 'node:crypto';
import { until, Workplace } from '../e2e/program/program.ts';
import { Person, type NewRoom, type RawEvent } from '../e2e/synapse/person.ts';
import { startSynapse, type Account, type Synapse } from '../e2e/synapse/server.ts';
import { WatchedRoom } from '../e2e/synapse/watched-room.ts';
import { compileCache, lifted, Ordeal, type Environment } from './ordeal.ts';
import { FaultProxy } from './proxy.ts';

export { fox } from './ordeal.ts';

export type PlaceOptions = {
  /** The shared one where absent. */
  readonly synapse?: Synapse;
  /** The bot talks to the homeserver through a proxy that can be told to break things. */
  readonly isProxied?: boolean;
  /** Of `blitzbild.yaml`, apart from provider, previews and whose invitations are followed. */
  readonly settings?: { readonly matrix?: object } & Readonly<Record<string, unknown>>;
  readonly environment?: Environment;
  readonly room?: NewRoom;
};

let shared: Promise<Synapse> | undefined;

/** One homeserver with lifted limits for all rows of this process. */
export const sharedSynapse = async (): Promise<Synapse> => (shared ??= startSynapse({ maxUploadBytes: 50 * 1024 * 1024 }));

/** So large may a file be on the rough one. */
export const roughUploadBytes = 40_000;

let rough: Promise<Synapse> | undefined;
let roughIsFree: Promise<unknown> = Promise.resolve();

/** Another one, as it comes out of the box: few messages, small files. It may be killed, and one row has it at a time. */
export async function onRoughSynapse<Result>(work: (synapse: Synapse) => Promise<Result>): Promise<Result> {
  const mine = roughIsFree.then(async () =>
    work(await (rough ??= startSynapse({ rcMessageDefault: true, maxUploadBytes: roughUploadBytes }))),
  );
  roughIsFree = mine.catch(() => {});
  return mine;
}

export async function endSharedSynapse(): Promise<void> {
  const started = [shared, rough];
  shared = undefined;
  rough = undefined;
  for (const synapse of started) await (await synapse)?.stop();
}

export class FaultPlace extends Ordeal {
  readonly synapse: Synapse;
  readonly bot: Account;
  /** Made the room and administers it; the one who reads what became of everything. */
  readonly ada: Person;
  readonly roomId: string;
  readonly #watched: WatchedRoom;
  readonly #proxy: FaultProxy | undefined;

  private constructor(parts: Pick<FaultPlace, 'synapse' | 'bot' | 'ada' | 'roomId' | 'workplace'> & { proxy: FaultProxy | undefined }) {
    super({ workplace: parts.workplace, botId: parts.bot.userId, connected: /Matrix: connected\./ });
    ({ synapse: this.synapse, bot: this.bot, ada: this.ada, roomId: this.roomId } = parts);
    this.#proxy = parts.proxy;
    this.#watched = new WatchedRoom(parts.ada, parts.roomId);
  }

  /** The program runs, is connected and in the room. */
  static async open(options: PlaceOptions = {}): Promise<FaultPlace> {
    const synapse = options.synapse ?? (await sharedSynapse());
    const suffix = randomBytes(4).toString('hex');
    const bot = await synapse.registerUser(`bot-${suffix}`);
    const ada = new Person(synapse.url, await synapse.registerUser(`ada-${suffix}`));
    const proxy = options.isProxied === true ? await FaultProxy.start(synapse.url) : undefined;
    const workplace = await Workplace.open(
      {
        styles: { previews: false },
        limits: lifted,
        ...options.settings,
        matrix: { allowedInviters: [ada.userId], ...options.settings?.matrix },
      },
      {
        MATRIX_HOMESERVER_URL: proxy?.url ?? synapse.url,
        MATRIX_ACCESS_TOKEN: bot.accessToken,
        NODE_COMPILE_CACHE: compileCache,
        ...options.environment,
      },
    );
    const roomId = await ada.createRoom({ ...options.room, invite: [bot.userId, ...(options.room?.invite ?? [])] });
    const place = new FaultPlace({ synapse, bot, ada, roomId, workplace, proxy });
    try {
      await place.start();
      await until('the bot joins', async () => ((await ada.members(roomId)).includes(bot.userId) ? true : undefined));
    } catch (error) {
      await place[Symbol.asyncDispose]();
      throw error;
    }
    return place;
  }

  get proxy(): FaultProxy {
    if (this.#proxy === undefined) throw new Error('This place was opened without a proxy.');
    return this.#proxy;
  }

  /** The room as Ada's client has it so far. */
  get events(): readonly RawEvent[] {
    return this.#watched.events;
  }

  async history(): Promise<readonly RawEvent[]> {
    return this.ada.events(this.roomId);
  }

  /** Somebody else, in the room. */
  async newcomer(name: string): Promise<Person> {
    const person = new Person(this.synapse.url, await this.synapse.registerUser(`${name}-${randomBytes(4).toString('hex')}`));
    await this.ada.invite(this.roomId, person.userId);
    await person.join(this.roomId);
    return person;
  }

  /** Says something that must be answered once. Resolves to its event id. */
  async say(
    text: string,
    options: { readonly from?: Person; readonly threadId?: string; readonly replyTo?: string } = {},
  ): Promise<string> {
    const { from = this.ada, ...where } = options;
    const command = await from.say(this.roomId, text, where);
    this.commands.push(command);
    return command;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
    await this.workplace[Symbol.asyncDispose]();
    const watched = this.#watched[Symbol.asyncDispose]();
    // Her client waits for news, and this is some.
    await this.ada.say(this.roomId, '.').catch(() => {});
    await watched;
  }
}
