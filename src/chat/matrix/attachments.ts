import { AppError } from '#core/errors.ts';
import type { Attachment } from '#core/ports.ts';

import { patiently } from '../common/patiently.ts';
import type { BotClient } from './client.ts';
import type { Decrypted } from './crypto/decrypter.ts';
import { decryptFile } from './crypto/encrypted-file.ts';
import { readFileMessage, type FileSource } from './file-message.ts';
import { AnswerTooLongError, HomeserverError, isRefusal, isUnauthorised } from './homeserver-error.ts';
import { isObject, numberAt, objectAt, textAt, type RawObject } from '../common/raw.ts';
import type { Rooms } from './rooms.ts';

/** Time for the whole of it; files of other servers have to come here first. */
const defaultTimeoutMs = 60_000;
/** How long the homeserver itself may wait for a file that is still being uploaded or comes from another server. */
const serverWaitMs = 20_000;
const mostAttempts = 3;

export type AttachmentsOptions = {
  readonly client: BotClient;
  readonly random: () => number;
  /** Reads an encrypted event of a room. */
  readonly decrypt: (roomId: string, event: RawObject) => Promise<Decrypted>;
  readonly rooms: Pick<Rooms, 'isEncrypted' | 'encryptionBegan'>;
  /** Ends everything under way when the platform closes. */
  readonly closing: AbortSignal;
  readonly timeoutMs?: number | undefined;
};

/** The files that people's messages carry, fetched through the bot's own homeserver and from nowhere else. */
export class Attachments {
  readonly #options: AttachmentsOptions;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
  }

  /**
   * The file of a message of this room; `undefined` where the room has no such message, or it carries no file (any more).
   * Rejects with an `AppError`: `attachment_too_large` (`maxMb`) before more than `maxBytes` were read,
   * `attachment_unavailable`, `attachment_unprotected` in the clear in an encrypted room, `cancelled` by `signal` or when the platform closes.
   */
  async fetch(roomId: string, eventId: string, maxBytes: number, signal: AbortSignal): Promise<Attachment | undefined> {
    const deadline = AbortSignal.timeout(this.#options.timeoutMs ?? defaultTimeoutMs);
    const either = AbortSignal.any([signal, deadline, this.#options.closing]);
    try {
      const event = await this.#patiently(either, () => this.#event(roomId, eventId, either));
      const message = event === undefined ? undefined : fileOf(await this.#clear(roomId, event));
      if (event === undefined || message === undefined) return undefined;
      await this.#assertProtected(roomId, event, either);
      const path = pathOf(message.source);
      const received = await this.#patiently(either, () => this.#bytes(path, maxBytes, either));
      const bytes = message.source.kind === 'encrypted' ? decryptFile(received, message.source.opening) : received;
      const { name, mimeType } = message.attachment;
      return { name, ...(mimeType === undefined ? {} : { mimeType }), bytes };
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (signal.aborted || this.#options.closing.aborted) throw new AppError('cancelled', {}, { cause: error });
      if (error instanceof AnswerTooLongError) {
        throw new AppError('attachment_too_large', { maxMb: Math.round(maxBytes / 1e5) / 10 }, { cause: error });
      }
      throw new AppError('attachment_unavailable', {}, { cause: error });
    }
  }

  async #event(roomId: string, eventId: string, signal: AbortSignal): Promise<RawObject | undefined> {
    // The id comes from whoever replied: it must not become another path.
    if (!eventId.startsWith('$')) return undefined;
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(eventId)}`;
    try {
      const event = await this.#options.client.ask({ method: 'GET', path, signal });
      const itsRoom = textAt(event, 'room_id');
      const isMeant = textAt(event, 'event_id') === eventId && (itsRoom === undefined || itsRoom === roomId);
      return isObject(event) && isMeant ? event : undefined;
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  /** Rejects where it is encrypted and its key is not there. */
  async #clear(roomId: string, event: RawObject): Promise<RawObject> {
    if (event['type'] !== 'm.room.encrypted') return event;
    const decrypted = await this.#options.decrypt(roomId, event);
    switch (decrypted.kind) {
      case 'clear':
        return decrypted.event;
      case 'unreadable':
        throw new TypeError(`the message with the file can not be decrypted (${decrypted.cause})`);
      case 'refused':
        throw new TypeError(decrypted.why);
    }
  }

  /**
   * In an encrypted room whoever runs a homeserver could have written a message in the clear in somebody's name. What is older than
   * the encryption counts, by the times that the servers of both events gave them.
   */
  async #assertProtected(roomId: string, event: RawObject, signal: AbortSignal): Promise<void> {
    const { rooms } = this.#options;
    if (event['type'] === 'm.room.encrypted' || !(await rooms.isEncrypted(roomId))) return;
    const id = rooms.encryptionBegan(roomId);
    const began = id === undefined ? undefined : await this.#patiently(signal, () => this.#event(roomId, id, signal));
    const [beganMs, writtenMs] = [numberAt(began, 'origin_server_ts'), numberAt(event, 'origin_server_ts')];
    if (beganMs !== undefined && writtenMs !== undefined && writtenMs < beganMs) return;
    throw new AppError('attachment_unprotected');
  }

  async #bytes(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const { client, timeoutMs = defaultTimeoutMs } = this.#options;
    return client.download({ method: 'GET', path, query: { timeout_ms: serverWaitMs }, timeoutMs, signal }, maxBytes);
  }

  async #patiently<Answer>(signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> {
    return patiently(ask, { mostAttempts, signal, random: this.#options.random, mayPass });
  }
}

function fileOf(event: RawObject): ReturnType<typeof readFileMessage> {
  const content = objectAt(event, 'content');
  if (event['type'] !== 'm.room.message' || event['state_key'] !== undefined) return undefined;
  return objectAt(content, 'm.relates_to')['rel_type'] === 'm.replace' ? undefined : readFileMessage(content);
}

function pathOf(source: FileSource): string {
  if (source.kind === 'sealed') throw new TypeError('the file is encrypted in a way that the bot does not know');
  if (source.kind === 'foreign') throw new TypeError('the file is not on a Matrix homeserver');
  return `/_matrix/client/v1/media/download/${encodeURIComponent(source.server)}/${encodeURIComponent(source.mediaId)}`;
}

/** Whether asking again may help: the server was busy, out of reach or had not got the file yet. */
const mayPass = (error: unknown): boolean =>
  error instanceof HomeserverError && !(error instanceof AnswerTooLongError) && !isRefusal(error) && !isUnauthorised(error);
