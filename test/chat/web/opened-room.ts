/** A local room on a free port with a real store behind it, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defaultPrefixes } from '#core/command.ts';
import type { ImageStore, Inbox } from '#core/ports.ts';
import type { IncomingEvent } from '#core/incoming.ts';
import type { Vocabulary } from '#core/model-info.ts';
import { LocalRoom, type LocalRoomOptions } from '#src/chat/web/local-room.ts';
import type { ProgramStatus, Upload, WireEvent } from '#src/chat/web/events.ts';
import { FileImageStore } from '#src/store/images-files.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

import { RecordingInbox } from '../../contract/recording-inbox.ts';

export type OpenedRoom = AsyncDisposable & {
  /** The present room; another one after `restart()`. */
  readonly room: LocalRoom;
  readonly inbox: RecordingInbox;
  readonly images: ImageStore;
  status: ProgramStatus;
  /** Errors that the room logged. */
  readonly logged: readonly unknown[];
  /** Sends JSON as a program would; `headers` replace or add. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  say(text: string, more?: { readonly name?: string; readonly threadId?: string; readonly replyTo?: string }): Promise<WireEvent>;
  /** Sends a file's bytes, as the page does before its message. */
  upload(bytes: Uint8Array, name: string): Promise<Upload>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  events(after?: number): Promise<readonly WireEvent[]>;
  restart(whileDown?: () => Promise<void>): Promise<void>;
};

export const readyStatus: ProgramStatus = {
  engine: { state: 'ready', provider: 'cpu', attempts: [{ provider: 'cpu', ok: true }], loadMs: 420 },
  model: {
    name: 'blitzbild-mini',
    title: 'Blitzbild Mini',
    licence: 'MIT',
    things: 3,
    examples: {
      en: ['a red fox', 'a panda on a purple background', 'a yellow robot', 'a blue butterfly', 'a castle at night'],
      de: ['ein roter Fuchs', 'ein Panda vor lila Hintergrund', 'ein gelber Roboter', 'ein blauer Schmetterling', 'eine Burg bei Nacht'],
    },
  },
  queue: { waiting: 0, running: 0 },
};

/** What the model of `readyStatus` knows. */
export const readyVocabulary: Vocabulary = {
  groups: { animals: { en: 'Animals', de: 'Tiere' } },
  things: [
    { en: ['fox', 'vixen'], de: ['Fuchs'], group: 'animals' },
    { en: ['cat'], de: ['Katze'], group: 'animals' },
    { en: ['castle'], de: ['Burg'] },
  ],
  backgrounds: [{ en: ['in the snow'], de: ['im Schnee'] }],
  styles: [{ en: ['watercolor'], de: ['Aquarell'] }],
  places: [{ en: ['on the left'], de: ['links'] }],
  related: [{ en: ['wolf'], de: ['Wolf'], near: ['fox'] }],
};

let lastTransaction = 0;

/** `onIncoming` plays the program: it hears what people post and may answer through the room. */
export async function openRoom(
  options: Partial<LocalRoomOptions> = {},
  onIncoming: (event: IncomingEvent, room: LocalRoom) => void = () => {},
): Promise<OpenedRoom> {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-room-'));
  const store = new SqliteStore(join(folder, 'store.sqlite'));
  const images = await FileImageStore.open({ folder: join(folder, 'images'), maxBytes: 1e9 });
  const recording = new RecordingInbox();
  const logged: unknown[] = [];
  const inbox: Inbox = {
    accept: (events, cursor) => {
      recording.accept(events, cursor);
      for (const event of events) onIncoming(event, opened.room);
    },
    cursor: () => recording.cursor(),
  };
  const make = (port: number): LocalRoom =>
    new LocalRoom({
      port,
      history: store.history,
      transaction: (work) => store.transaction(work),
      images,
      commandPrefixes: defaultPrefixes,
      language: 'en',
      status: () => opened.status,
      vocabulary: () => readyVocabulary,
      log: { info: () => {}, error: (fields) => logged.push(fields) },
      now: () => Date.now(),
      ...options,
    });
  let room = make(options.port ?? 0);
  const authorised: Record<string, string> = options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` };

  const opened: OpenedRoom = {
    get room() {
      return room;
    },
    inbox: recording,
    images,
    status: readyStatus,
    logged,
    post: (path, body, headers = {}) =>
      fetch(new URL(path, room.url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...authorised, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async say(text, { name = 'Ada', ...place } = {}) {
      const response = await opened.post('/api/messages', { transactionId: `t${(lastTransaction += 1)}`, name, text, ...place });
      if (!response.ok) throw new Error(`the room said ${response.status} ${await response.text()}`);
      return (await response.json()) as WireEvent;
    },
    async upload(bytes, name) {
      const response = await fetch(new URL(`/api/uploads?name=${encodeURIComponent(name)}`, room.url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream', ...authorised },
        body: new Uint8Array(bytes),
      });
      if (!response.ok) throw new Error(`the room said ${response.status} ${await response.text()}`);
      return (await response.json()) as Upload;
    },
    get: (path, headers = {}) => fetch(new URL(path, room.url), { headers: { ...authorised, ...headers } }),
    async events(after = 0) {
      const response = await opened.get(`/api/events?after=${after}`);
      return ((await response.json()) as { events: WireEvent[] }).events;
    },
    async restart(whileDown) {
      const port = Number(new URL(room.url).port);
      await room.close();
      await whileDown?.();
      room = make(port);
      await room.start(inbox);
    },
    async [Symbol.asyncDispose]() {
      await room.close();
      store.close();
      await rm(folder, { recursive: true });
    },
  };
  await room.start(inbox);
  return opened;
}
