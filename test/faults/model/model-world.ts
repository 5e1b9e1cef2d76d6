import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { MockTimers } from 'node:test';
import type { FailpointName } from '#core/failpoints.ts';
import { eventId, roomId, userId, type EventId } from '#core/types.ts';
import type { IncomingEvent } from '#core/incoming.ts';
import { judge, unevenJobs } from '../oracle.ts';
import { ModelProcess } from './model-process.ts';
import { ModelRoom, type SendFault } from './model-room.ts';

const room = roomId('!room');
const people = ['@ada:model', '@ben:model', '@cleo:model'].map((id) => userId(id));

/** What happens while nobody does anything: so much time in each turn. */
const turnMs = 40;
/** Nothing may take longer to come to its end, in the model's time. */
const settlesWithinMs = 30 * 60_000;

/** People, their room and the bot's lives, on a clock of their own. */
export class ModelWorld implements AsyncDisposable {
  readonly room = new ModelRoom();
  readonly #timers: MockTimers;
  readonly #random: () => number;
  // Where memory can be a folder, a thousand stores wear no disk.
  readonly #folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'blitzbild-model-'));
  readonly #timeline: IncomingEvent[] = [];
  readonly #commands: EventId[] = [];
  readonly #files = new Map<string, Uint8Array>();
  readonly #lives: ModelProcess[] = [];
  #jumpMs = 0;

  /** @param timers mocked, with the clock */
  constructor(timers: MockTimers, random: () => number) {
    this.#timers = timers;
    this.#random = random;
    this.start();
  }

  start(): void {
    if (this.#lives.at(-1)?.isDead === false) return;
    const life = new ModelProcess({
      storePath: join(this.#folder, 'model.sqlite'),
      room: this.room,
      timeline: this.#timeline,
      files: this.#files,
      now: () => Date.now() + this.#jumpMs,
      random: this.#random,
    });
    this.#lives.push(life);
    life.sync();
  }

  get life(): ModelProcess {
    return this.#lives.at(-1)!;
  }

  say(text: string, person: number): void {
    const id = this.#add({ kind: 'message', text, isAdmin: false, isDirect: false }, person);
    this.#commands.push(id);
  }

  /** To one of the bot's messages. */
  react(emoji: string, at: number, person: number): void {
    const shown = this.room.events.filter(({ content }) => content['m.relates_to']?.rel_type !== 'm.replace');
    const target = shown[at % Math.max(1, shown.length)]?.event_id;
    if (target !== undefined) this.#add({ kind: 'reaction', target: eventId(target), emoji, isAdmin: false }, person);
  }

  /** One of the commands, by whoever said it. */
  redact(at: number): void {
    const target = this.#commands[at % Math.max(1, this.#commands.length)];
    const said = this.#timeline.find((event) => event.eventId === target);
    if (target !== undefined && said !== undefined) this.#add({ kind: 'redaction', target }, people.indexOf(said.sender));
  }

  meet(fault: SendFault): void {
    this.room.faults.push(fault);
  }

  dieAt(name: FailpointName): void {
    if (!this.life.isDead) this.life.dieAt(name);
  }

  jump(ms: number): void {
    this.#jumpMs += ms;
  }

  async pass(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      await setImmediate();
      this.#timers.tick(turnMs);
    }
    await setImmediate();
  }

  /** Nothing breaks any more: everything comes to its end. */
  async settle(): Promise<void> {
    this.room.faults.splice(0);
    for (let passedMs = 0; passedMs < settlesWithinMs; passedMs += 25 * turnMs) {
      this.start();
      this.life.engine.failures.splice(0);
      await this.pass(25);
      if (this.life.isAtRest) return;
    }
  }

  /** What is wrong in the room, in words; nothing where the promise held. */
  complaints(): readonly string[] {
    const verdicts = judge(this.room.events, this.room.botId, this.#commands, this.#askedBy());
    const textOf = (id: string): string =>
      this.#timeline.flatMap((event) => (event.eventId === id && 'text' in event ? [event.text] : [])).join('');
    const unknown = verdicts.filter(({ isUnknown }) => isUnknown).length;
    return [
      ...(this.life.isAtRest ? [] : ['it never came to rest']),
      ...verdicts.flatMap(({ command, ends, pictures, isLost, isDoubled }) =>
        isLost || isDoubled
          ? [`${isLost ? 'lost' : 'doubled'}: «${textOf(command)}» → ${JSON.stringify(ends)} ${JSON.stringify([...pictures])}`]
          : [],
      ),
      ...unevenJobs(this.room.events, this.room.botId).map((job) => `job ${job} has not exactly one end`),
      ...(unknown > this.room.unknowable ? [`${unknown} unknown, and only ${this.room.unknowable} could be`] : []),
    ];
  }

  /** By the store: a reaction makes a job in the thread of another command. */
  #askedBy(): ReadonlyMap<string, string> {
    const { jobs } = this.life.store;
    return new Map(
      this.#timeline.flatMap(({ eventId: id }) => {
        const job = jobs.ofCommand('matrix', id);
        return job === undefined ? [] : [[job.id, id]];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.life.crash();
    for (const life of this.#lives) {
      const ended = life.ended();
      await this.pass(2);
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #add(event: object, person: number): EventId {
    const id = eventId(`$person-${this.#timeline.length}`);
    const sender = people[person % people.length];
    this.#timeline.push({ platform: 'matrix', roomId: room, eventId: id, sender, receivedAtMs: Date.now(), ...event } as IncomingEvent);
    this.life.sync();
    return id;
  }
}
