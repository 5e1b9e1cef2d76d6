import { randomUUID } from 'node:crypto';

import type { Account } from './server.ts';
import { editContent, reactionContent, relationTo, textContent, type Place } from './what-people-send.ts';

export type RawEvent = {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: Readonly<Record<string, any>>;
  readonly unsigned?: Readonly<Record<string, any>>;
  readonly redacts?: string;
};

export type NewRoom = {
  readonly invite?: readonly string[];
  readonly isDirect?: boolean;
  readonly encrypted?: boolean;
  /** Such as `12`; the server's default where absent. */
  readonly version?: string;
  readonly publicRoom?: boolean;
  readonly powerLevels?: Readonly<Record<string, unknown>>;
  readonly creationContent?: Readonly<Record<string, unknown>>;
};

/** Somebody with another client: plain `fetch`, none of the code under test. */
export class Person {
  readonly userId: string;
  readonly #url: string;
  readonly #accessToken: string;

  constructor(url: string, account: Account) {
    this.#url = url;
    this.userId = account.userId;
    this.#accessToken = account.accessToken;
  }

  /** Any request of the client-server API; `path` starts after `/_matrix/`. */
  async ask(method: string, path: string, body?: unknown): Promise<any> {
    const response = await this.#fetch(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async createRoom(room: NewRoom = {}): Promise<string> {
    const { room_id } = await this.ask('POST', 'client/v3/createRoom', {
      preset: room.publicRoom ? 'public_chat' : 'private_chat',
      invite: room.invite ?? [],
      is_direct: room.isDirect ?? false,
      ...(room.version === undefined ? {} : { room_version: room.version }),
      ...(room.powerLevels === undefined ? {} : { power_level_content_override: room.powerLevels }),
      ...(room.creationContent === undefined ? {} : { creation_content: room.creationContent }),
      initial_state: room.encrypted ? [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] : [],
    });
    return room_id;
  }

  async join(roomId: string): Promise<void> {
    await this.ask('POST', `client/v3/join/${encodeURIComponent(roomId)}`, {});
  }

  async invite(roomId: string, userId: string): Promise<void> {
    await this.ask('POST', `client/v3/rooms/${encodeURIComponent(roomId)}/invite`, { user_id: userId });
  }

  async send(roomId: string, content: Readonly<Record<string, unknown>>, type = 'm.room.message'): Promise<string> {
    const { event_id } = await this.ask('PUT', `${roomPath(roomId)}/send/${type}/${randomUUID()}`, content);
    return event_id;
  }

  async say(roomId: string, body: string, place: Place = {}): Promise<string> {
    return this.send(roomId, textContent(body, place));
  }

  /** Puts bytes on the homeserver; resolves with their `mxc://` address. */
  async upload(bytes: Uint8Array, mimeType: string): Promise<string> {
    const { content_uri } = await this.ask('POST', 'media/v3/upload', new Blob([new Uint8Array(bytes)], { type: mimeType }));
    return content_uri;
  }

  /** Uploads and sends a picture or another file, with `caption` beside it unless that is empty. */
  async sendFile(
    roomId: string,
    file: { readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array },
    caption: string,
    place: Place = {},
  ): Promise<string> {
    return this.send(roomId, {
      msgtype: file.mimeType.startsWith('image/') ? 'm.image' : 'm.file',
      body: caption || file.name,
      filename: file.name,
      url: await this.upload(file.bytes, file.mimeType),
      info: { mimetype: file.mimeType, size: file.bytes.length },
      ...relationTo(place),
    });
  }

  async edit(roomId: string, target: string, body: string): Promise<string> {
    return this.send(roomId, editContent(target, body));
  }

  async react(roomId: string, target: string, key: string): Promise<string> {
    return this.send(roomId, reactionContent(target, key), 'm.reaction');
  }

  async redact(roomId: string, target: string): Promise<string> {
    const { event_id } = await this.ask('PUT', `${roomPath(roomId)}/redact/${encodeURIComponent(target)}/${randomUUID()}`, {});
    return event_id;
  }

  async setState(roomId: string, type: string, content: unknown): Promise<void> {
    await this.ask('PUT', `${roomPath(roomId)}/state/${type}/`, content);
  }

  async members(roomId: string): Promise<readonly string[]> {
    const { joined } = await this.ask('GET', `${roomPath(roomId)}/joined_members`);
    return Object.keys(joined);
  }

  /** Membership of somebody else, such as `join`, `invite` or `leave`. */
  async membershipOf(roomId: string, userId: string): Promise<string> {
    return (await this.ask('GET', `${roomPath(roomId)}/state/m.room.member/${encodeURIComponent(userId)}`)).membership;
  }

  /** All events of the room that this person may see, oldest first. */
  async events(roomId: string): Promise<readonly RawEvent[]> {
    const all: RawEvent[] = [];
    let from = '';
    for (;;) {
      const page = await this.ask('GET', `${roomPath(roomId)}/messages?dir=f&limit=1000${from && `&from=${encodeURIComponent(from)}`}`);
      all.push(...page.chunk);
      if (page.end === undefined || page.end === from || page.chunk.length === 0) return all;
      from = page.end;
    }
  }

  /** The bytes behind an `mxc://` address, by the authenticated endpoint. */
  async download(address: string): Promise<{ readonly bytes: Uint8Array; readonly mimeType: string }> {
    const response = await this.#fetch('GET', `client/v1/media/download/${address.slice('mxc://'.length)}`);
    if (!response.ok) throw new Error(`download: ${response.status} ${await response.text()}`);
    return { bytes: new Uint8Array(await response.arrayBuffer()), mimeType: response.headers.get('content-type') ?? '' };
  }

  async #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#url}/_matrix/${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#accessToken}`,
        'Content-Type': body instanceof Blob ? body.type : 'application/json',
      },
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
  }
}

const roomPath = (roomId: string): string => `client/v3/rooms/${encodeURIComponent(roomId)}`;
