import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decryptFile, encryptFile, type EncryptedFile } from './encrypted-file.ts';
import { Person, type RawEvent } from './person.ts';
import type { Account } from './server.ts';
import type { RoomView } from './team-room.ts';
import { editContent, reactionContent, relationTo, textContent, type Place } from './what-people-send.ts';

export type PeerStart = {
  readonly url: string;
  readonly account: Account;
  readonly storeFile: string;
  /** How often it was started before. */
  readonly starts: number;
  /** Makes a cross-signing identity and signs this device. */
  readonly signs: boolean;
  /** Keys only to signed devices, and nothing is read from others. */
  readonly onlySigned: boolean;
  /** Tells devices that it has not verified that they get no key. */
  readonly withholds: boolean;
  /** Those of another device of the same account: this one is signed with them. */
  readonly secrets?: any;
};
export type PeerRequest =
  | { readonly kind: 'start'; readonly start: PeerStart }
  | { readonly kind: 'send'; readonly roomId: string; readonly type: string; readonly content: Readonly<Record<string, unknown>> }
  | { readonly kind: 'isEncrypted'; readonly roomId: string }
  | { readonly kind: 'devices'; readonly userId: string }
  | { readonly kind: 'read'; readonly roomId: string; readonly events: readonly RawEvent[] }
  | { readonly kind: 'decrypt'; readonly roomId: string; readonly event: RawEvent }
  | { readonly kind: 'secrets' | 'stop' };

/** An event as this person reads it: type and content are what stood inside. */
export type PeerEvent = RawEvent & {
  readonly isEncrypted: boolean;
  readonly sentMs: number;
  /** Why it could not be decrypted so far. */
  readonly unreadable?: string;
};

type Options = Partial<Pick<PeerStart, 'signs' | 'onlySigned' | 'withholds' | 'secrets'>>;

const patienceMs = 120_000;

/**
 * Somebody in encrypted rooms with another client: matrix-js-sdk in a process of its own, whose keys are on the disk, so
 * that it can be restarted and killed. Requests that need no key go the plain way.
 */
export class EncryptedPerson implements AsyncDisposable {
  /** The same account by plain requests: what the server knows. */
  readonly plain: Person;
  readonly account: Account;
  readonly #url: string;
  readonly #options: Options;
  readonly #folder = mkdtempSync(join(tmpdir(), 'encrypted-person-'));
  readonly #rooms = new Map<string, Map<string, PeerEvent>>();
  readonly #waiting = new Map<number, { readonly resolve: (value: any) => void; readonly reject: (error: Error) => void }>();
  #child: ChildProcess | undefined;
  #asked = 0;
  #starts = 0;

  private constructor(url: string, account: Account, options: Options) {
    this.#url = url;
    this.account = account;
    this.#options = options;
    this.plain = new Person(url, account);
  }

  /** @param options signs itself where nothing else is said */
  static async start(url: string, account: Account, options: Options = {}): Promise<EncryptedPerson> {
    const person = new EncryptedPerson(url, account, options);
    await person.start();
    return person;
  }

  get userId(): string {
    return this.account.userId;
  }

  /** Again after `stop` or `kill`, with the keys of before. */
  async start(): Promise<void> {
    const child = fork(join(import.meta.dirname, 'encrypted-peer.ts'), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    this.#child = child;
    child.on('message', (message: any) => this.#hear(message));
    child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the client of ${this.userId} ended with ${code ?? signal}`));
      this.#waiting.clear();
    });
    const { signs = true, onlySigned = false, withholds = false, secrets } = this.#options;
    const storeFile = join(this.#folder, 'keys.sqlite');
    await this.#ask({
      kind: 'start',
      start: { url: this.#url, account: this.account, storeFile, starts: this.#starts++, signs, onlySigned, withholds, secrets },
    });
    for (const roomId of this.#rooms.keys()) await this.#catchUp(roomId);
  }

  async stop(): Promise<void> {
    await this.#ask({ kind: 'stop' });
    this.#child?.disconnect();
    await this.#ended();
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended();
  }

  /** What this person has read of the room, oldest first; the last reading counts. */
  events(roomId: string): readonly PeerEvent[] {
    return [...(this.#rooms.get(roomId)?.values() ?? [])].toSorted((one, other) => one.sentMs - other.sentMs);
  }

  /** What of it could be read, as something to look at a team's room with. */
  view(roomId: string): RoomView {
    const events = (): readonly PeerEvent[] => this.events(roomId).filter(isRead);
    return {
      get events() {
        return [...events()];
      },
      until: async (what, ask) => this.until(what, () => ask(events())),
      async [Symbol.asyncDispose]() {},
    };
  }

  /** Asks what is there again and again until the answer is not `undefined`. */
  async until<Answer>(what: string, ask: () => Promise<Answer | undefined> | Answer | undefined): Promise<Answer> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (performance.now() > deadline) throw new Error(`It did not happen within ${patienceMs / 1000} s: ${what}`);
      await delay(40);
    }
  }

  /** Encrypted, in a room that is. Resolves with the event's id. */
  async send(roomId: string, content: Readonly<Record<string, unknown>>, type = 'm.room.message'): Promise<string> {
    await this.until('this client knows that the room is encrypted', async () =>
      (await this.#ask({ kind: 'isEncrypted', roomId })) === true ? true : undefined,
    );
    return this.#ask({ kind: 'send', roomId, type, content });
  }

  async say(roomId: string, body: string, place: Place = {}): Promise<string> {
    return this.send(roomId, textContent(body, place));
  }

  async edit(roomId: string, target: string, body: string): Promise<string> {
    return this.send(roomId, editContent(target, body));
  }

  async react(roomId: string, target: string, key: string): Promise<string> {
    return this.send(roomId, reactionContent(target, key), 'm.reaction');
  }

  /** A picture, encrypted before it is uploaded. */
  async sendPicture(roomId: string, bytes: Uint8Array, caption: string, place: Place = {}): Promise<string> {
    const encrypted = encryptFile(bytes);
    const file = encrypted.describe(await this.plain.upload(encrypted.bytes, 'application/octet-stream'));
    const info = { mimetype: 'image/png', size: bytes.length };
    return this.send(roomId, { msgtype: 'm.image', body: caption, filename: 'picture.png', file, info, ...relationTo(place) });
  }

  /** The bytes of an encrypted file, and as they lie on the server. */
  async read(file: EncryptedFile): Promise<{ readonly bytes: Uint8Array; readonly stored: Uint8Array; readonly storedMimeType: string }> {
    const { bytes: stored, mimeType: storedMimeType } = await this.plain.download(file.url);
    return { bytes: decryptFile(file, stored), stored, storedMimeType };
  }

  /** What the keys of this person make of an event as the server has it: its content, or why not. */
  async decrypt(roomId: string, event: RawEvent): Promise<{ readonly content?: PeerEvent['content']; readonly unreadable?: string }> {
    return this.#ask({ kind: 'decrypt', roomId, event });
  }

  /** Devices of somebody, and whether their owner has signed them. */
  async devices(userId: string): Promise<readonly { readonly deviceId: string; readonly isSigned: boolean }[]> {
    return this.#ask({ kind: 'devices', userId });
  }

  /** Private cross-signing keys, for another device of this account. */
  async secrets(): Promise<object> {
    return this.#ask({ kind: 'secrets' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** After a while away a client begins with the newest events of a room: the ones before them are fetched. */
  async #catchUp(roomId: string): Promise<void> {
    const known = new Set(this.events(roomId).map(({ event_id }) => event_id));
    const events = (await this.plain.events(roomId)).filter(({ event_id }) => !known.has(event_id));
    if (events.length > 0) await this.#ask({ kind: 'read', roomId, events });
  }

  async #ask(request: PeerRequest): Promise<any> {
    const id = this.#asked++;
    const answered = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child?.send({ id, request });
    return answered;
  }

  #hear(message: any): void {
    if (message.roomId !== undefined) {
      const room = this.#rooms.get(message.roomId) ?? new Map<string, PeerEvent>();
      this.#rooms.set(message.roomId, room);
      room.set(message.event.event_id, message.event);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.value);
    else waiting?.reject(new Error(`${this.userId}: ${message.error}`));
  }

  async #ended(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await once(child, 'exit');
  }
}

/** Before it is decrypted an event has its outer type; where that failed, some other. */
export const isRead = ({ type, unreadable }: PeerEvent): boolean => type !== 'm.room.encrypted' && unreadable === undefined;

/** As clients write it. */
