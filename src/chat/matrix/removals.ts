import type { Removal } from '#core/ports.ts';

import type { BotClient } from './client.ts';
import type { Decrypted } from './crypto/decrypter.ts';
import { HomeserverError, isNotFound, isRateLimited, isRefusal } from './homeserver-error.ts';
import { mediaIn, type MediaPlace } from './media-in.ts';
import { objectAt, objectsAt, textAt, type RawObject } from '../common/raw.ts';

const EDITS_AT_ONCE = 100;

export type RemovalsOptions = {
  readonly client: BotClient;
  /** With the token of a server administrator, where the operator has named one. */
  readonly admin?: Pick<BotClient, 'ask'> | undefined;
  readonly ownUserId: string;
  /** Media of other servers are theirs. */
  readonly serverName: string;
  readonly decrypt: (roomId: string, event: RawObject) => Promise<Decrypted>;
};

/**
 * Takes messages out of rooms. A redaction empties an event for everybody at once; its files stay on the server, where nobody finds them
 * without their address, unless an administrator's token deletes them. Source: Matrix specification, `PUT …/redact/…`; Synapse's admin API,
 * `DELETE /_synapse/admin/v1/media/…`.
 */
export class Removals {
  readonly #options: RemovalsOptions;

  constructor(options: RemovalsOptions) {
    this.#options = options;
  }

  /** Never rejects. `later` where the server is busy or away. */
  async remove(roomId: string, eventId: string, signal: AbortSignal, keepsMedia: boolean): Promise<Removal> {
    let media: Pick<Removal, 'media'> = {};
    try {
      const event = await this.#event(roomId, eventId, signal);
      if (event === undefined || isRedacted(event)) return { message: 'missing' };
      // Before the message, which names them: where its redaction is done and the answer lost, nothing does any more.
      media = await this.#deleted(await this.#media(roomId, event), signal, keepsMedia);
      // Progress and ends are events of their own, which show the words of the first one anew; so are corrections of a command.
      for (const edit of await this.#edits(roomId, eventId, event['sender'], signal)) await this.#redact(roomId, edit, signal);
      await this.#redact(roomId, eventId, signal);
      return { message: 'gone', ...media };
    } catch (error) {
      if (isRefusal(error)) return { message: 'failed', ...media };
      const askedMs = error instanceof HomeserverError ? error.retryAfterMs : undefined;
      return { message: 'later', ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }) };
    }
  }

  async #event(roomId: string, eventId: string, signal: AbortSignal): Promise<RawObject | undefined> {
    if (!eventId.startsWith('$')) return undefined;
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(eventId)}`;
    try {
      const event = await this.#options.client.ask({ method: 'GET', path, signal });
      return textAt(event, 'event_id') === eventId ? (event as RawObject) : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** What can't be read shows no address: then its files stay. */
  async #media(roomId: string, event: RawObject): Promise<readonly MediaPlace[]> {
    if (event['type'] !== 'm.room.encrypted') return mediaIn(objectAt(event, 'content'));
    const decrypted = await this.#options.decrypt(roomId, event).catch(() => undefined);
    return decrypted?.kind === 'clear' ? mediaIn(objectAt(decrypted.event, 'content')) : [];
  }

  async #edits(roomId: string, eventId: string, sender: unknown, signal: AbortSignal): Promise<readonly string[]> {
    const path = `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(eventId)}/m.replace`;
    const edits: string[] = [];
    for (let from: string | undefined; ;) {
      const query = { limit: EDITS_AT_ONCE, ...(from === undefined ? {} : { from }) };
      const answer = await this.#options.client.ask({ method: 'GET', path, query, signal });
      const chunk = objectsAt(answer, 'chunk');
      edits.push(
        ...chunk.filter((edit) => edit['sender'] === sender && !isRedacted(edit)).flatMap((edit) => textAt(edit, 'event_id') ?? []),
      );
      const next = textAt(answer, 'next_batch');
      if (chunk.length === 0 || next === undefined || next === from) return edits;
      from = next;
    }
  }

  /** Repeated under the same transaction id, it is one. */
  async #redact(roomId: string, eventId: string, signal: AbortSignal): Promise<void> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(eventId)}/remove-${encodeURIComponent(eventId)}`;
    await this.#options.client.ask({ method: 'PUT', path, body: {}, signal });
  }

  async #deleted(places: readonly MediaPlace[], signal: AbortSignal, keepsMedia: boolean): Promise<Pick<Removal, 'media'>> {
    const { admin, serverName } = this.#options;
    if (places.length === 0) return {};
    if (admin === undefined || keepsMedia || places.some(({ server }) => server !== serverName)) return { media: 'kept' };
    for (const { server, mediaId } of places) {
      const path = `/_synapse/admin/v1/media/${encodeURIComponent(server)}/${encodeURIComponent(mediaId)}`;
      try {
        await admin.ask({ method: 'DELETE', path, signal });
      } catch (error) {
        if (mayPass(error)) throw error;
        if (!isNotFound(error)) return { media: 'failed' };
      }
    }
    return { media: 'gone' };
  }
}

/** The administrator's interface is busy, or the server away. */
const mayPass = (error: unknown): boolean =>
  isRateLimited(error) || !(error instanceof HomeserverError) || error.status === undefined || error.status >= 500;

const isRedacted = (event: RawObject): boolean => objectAt(event, 'unsigned')['redacted_because'] !== undefined;
