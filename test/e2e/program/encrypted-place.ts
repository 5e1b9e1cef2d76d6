/** A program, its homeserver, and people with another client in encrypted rooms. */
import assert from 'node:assert/strict';
import { EncryptedPerson, isRead, type PeerEvent } from '../synapse/encrypted-person.ts';
import { Person, type RawEvent } from '../synapse/person.ts';
import { startSynapse, type Account, type Synapse } from '../synapse/server.ts';
import { TeamRoom } from '../synapse/team-room.ts';
import { until, Workplace, type Program } from './program.ts';

/** A word that nothing but a prompt holds, for the search through what others see. */
export const canary = 'canaryprompt';
/** The cheapest thing to draw. */
export const fox = (seed: number): string => `!img a red fox ${canary} --steps 2 --seed ${seed}`;

type Options = {
  /** Where the bot finds the homeserver; the homeserver itself where absent. */
  readonly address?: (synapse: Synapse) => Promise<string>;
  readonly matrix?: object;
};

export class EncryptedPlace implements AsyncDisposable {
  readonly synapse: Synapse;
  readonly bot: Account;
  readonly ada: EncryptedPerson;
  readonly ben: EncryptedPerson;
  /** In every room, with no key at all: what the server and everybody in between can see. */
  readonly eve: Person;
  readonly programs: Program[] = [];
  readonly #workplace: Workplace;

  private constructor(parts: Pick<EncryptedPlace, 'synapse' | 'bot' | 'ada' | 'ben' | 'eve'> & { readonly workplace: Workplace }) {
    ({ synapse: this.synapse, bot: this.bot, ada: this.ada, ben: this.ben, eve: this.eve } = parts);
    this.#workplace = parts.workplace;
  }

  /** Everybody is there and the program is connected. */
  static async open(options: Options = {}): Promise<EncryptedPlace> {
    const synapse = await startSynapse();
    try {
      const bot = await synapse.registerUser('bot');
      const [ada, ben] = await Promise.all(
        ['ada', 'ben'].map(async (name) => EncryptedPerson.start(synapse.url, await synapse.registerUser(name))),
      );
      assert.ok(ada !== undefined && ben !== undefined);
      const eve = new Person(synapse.url, await synapse.registerUser('eve'));
      const workplace = await Workplace.open(
        { matrix: { allowedInviters: [ada.userId, ben.userId], ...options.matrix } },
        {
          MATRIX_HOMESERVER_URL: (await options.address?.(synapse)) ?? synapse.url,
          MATRIX_ACCESS_TOKEN: bot.accessToken,
          LOG_LEVEL: 'debug',
        },
      );
      const place = new EncryptedPlace({ synapse, bot, ada, ben, eve, workplace });
      await place.startProgram();
      return place;
    } catch (error) {
      await synapse.stop();
      throw error;
    }
  }

  get program(): Program {
    const program = this.programs.at(-1);
    assert.ok(program !== undefined);
    return program;
  }

  async startProgram(): Promise<void> {
    const program = await this.#workplace.start();
    this.programs.push(program);
    await program.says(/Matrix: connected\./);
  }

  /** A room of Ada's with the bot, Ben and Eve in it, encrypted before the bot has joined unless it is `plain`. */
  async room(encryption: Readonly<Record<string, unknown>> | 'plain' = {}): Promise<TeamRoom> {
    const roomId = await this.ada.plain.createRoom({ invite: [this.ben.userId, this.eve.userId] });
    if (encryption !== 'plain')
      await this.ada.plain.setState(roomId, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2', ...encryption });
    for (const person of [this.ben.plain, this.eve]) await person.join(roomId);
    await this.ada.plain.invite(roomId, this.bot.userId);
    await until('the bot joins', async () => ((await this.ada.plain.members(roomId)).includes(this.bot.userId) ? true : undefined));
    return new TeamRoom(roomId, this.bot.userId, this.ada.view(roomId));
  }

  /** The bot's events as the server has them. */
  async raw(roomId: string): Promise<readonly RawEvent[]> {
    return (await this.eve.events(roomId)).filter(({ sender, type }) => sender === this.bot.userId && type !== 'm.room.member');
  }

  /** That nothing of the bot's messages in this room can be seen without keys, but who wrote when, and to what. */
  async assertNothingInTheClear(roomId: string): Promise<void> {
    const raw = await this.raw(roomId);
    assert.ok(raw.length > 0);
    for (const event of raw) {
      // Reactions name no more than a message and an emoji, and clients look for them in the clear.
      if (event.type === 'm.reaction') continue;
      assert.equal(event.type, 'm.room.encrypted');
      const shown = new Set(Object.keys(event.content));
      for (const allowed of ['algorithm', 'ciphertext', 'sender_key', 'device_id', 'session_id', 'm.relates_to']) shown.delete(allowed);
      assert.deepEqual([...shown], [], 'what stands beside the encrypted part');
      const inRelation = JSON.stringify(event.content['m.relates_to'] ?? {});
      assert.match(inRelation, /^[{}[\]",:$\w./\\+-]*$/u, 'a relation holds ids');
    }
    const ours = JSON.stringify(raw);
    for (const told of ['blurhash', 'mimetype', 'image/', 'filename', 'AI-generated', 'KI-generiert', 'mxc://']) {
      assert.ok(!ours.includes(told), `${told} is in the clear`);
    }
    assert.ok(!JSON.stringify(await this.eve.events(roomId)).includes(canary), 'the prompt is in the clear');
  }

  /** What the bot has said in answer to a message, each once, as Ada reads it. */
  answers(room: TeamRoom, command: string): readonly PeerEvent[] {
    return this.ada
      .events(room.roomId)
      .filter(isRead)
      .filter(({ sender, content }) => sender === this.bot.userId && content['m.relates_to']?.['m.in_reply_to']?.event_id === command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workplace[Symbol.asyncDispose]();
    await this.ada[Symbol.asyncDispose]();
    await this.ben[Symbol.asyncDispose]();
    await this.synapse.stop();
  }
}
