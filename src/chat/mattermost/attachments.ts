import { AppError } from '#core/errors.ts';
import type { Attachment } from '#core/ports.ts';
import type { AttachmentInfo } from '#core/incoming.ts';

import type { ServerClient } from './client.ts';
import { fileFacts } from '../common/file-facts.ts';
import { patiently } from '../common/patiently.ts';
import { isObject, numberAt, textAt, type RawObject } from '../common/raw.ts';
import { isId, readPost } from './post.ts';
import { AnswerTooLongError, isRefusal, isUnauthorised, ServerError } from './server-error.ts';

/** Time for the whole of it. */
const defaultTimeoutMs = 60_000;
const mostAttempts = 3;

export type AttachmentsOptions = {
  readonly client: Pick<ServerClient, 'ask' | 'download'>;
  readonly random: () => number;
  /** Ends everything under way when the platform closes. */
  readonly closing: AbortSignal;
  readonly timeoutMs?: number | undefined;
};

/** The files that people's posts carry, fetched from the bot's own server and from nowhere else. */
export class Attachments {
  readonly #options: AttachmentsOptions;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
  }

  /**
   * The first file of a post of this channel; `undefined` where the channel has no such post, or it carries no file (any more).
   * Rejects with an `AppError`: `attachment_too_large` (`maxMb`) before more than `maxBytes` were read,
   * `attachment_unavailable`, `cancelled` by `signal` or when the platform closes.
   */
  async fetch(channelId: string, postId: string, maxBytes: number, signal: AbortSignal): Promise<Attachment | undefined> {
    const { closing, timeoutMs = defaultTimeoutMs } = this.#options;
    const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs), closing]);
    try {
      const fileId = await this.#patiently(either, () => this.#firstFile(channelId, postId, either));
      if (fileId === undefined) return undefined;
      const { name, mimeType, bytes: size } = await this.#patiently(either, () => this.#facts(fileId, postId, either));
      // What the server says of the size spares the reading; what comes is counted all the same.
      if (size !== undefined && size > maxBytes) throw tooLarge(maxBytes);
      const bytes = await this.#patiently(either, () => this.#bytes(fileId, maxBytes, either));
      return { name, ...(mimeType === undefined ? {} : { mimeType }), bytes };
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (signal.aborted || closing.aborted) throw new AppError('cancelled', {}, { cause: error });
      if (error instanceof AnswerTooLongError) throw tooLarge(maxBytes, error);
      throw new AppError('attachment_unavailable', {}, { cause: error });
    }
  }

  async #firstFile(channelId: string, postId: string, signal: AbortSignal): Promise<string | undefined> {
    // The id comes from whoever replied: it must not become another path.
    if (!isId(postId)) return undefined;
    try {
      const post = readPost(await this.#options.client.ask({ method: 'GET', path: `/posts/${postId}`, signal }));
      const isMeant = post?.id === postId && post.channelId === channelId && post.deleteAtMs === 0;
      return isMeant ? post.fileIds[0] : undefined;
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  /** Rejects where the file is not the post's: its name would tell of another channel. */
  async #facts(fileId: string, postId: string, signal: AbortSignal): Promise<AttachmentInfo> {
    const info = await this.#options.client.ask({ method: 'GET', path: `/files/${fileId}/info`, signal });
    if (textAt(info, 'id') !== fileId || textAt(info, 'post_id') !== postId) throw new TypeError('the file belongs to no such post');
    return readFileInfo(info) ?? fileFacts('', undefined, undefined);
  }

  async #bytes(fileId: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const { client, timeoutMs = defaultTimeoutMs } = this.#options;
    return client.download({ method: 'GET', path: `/files/${fileId}`, timeoutMs, signal }, maxBytes);
  }

  async #patiently<Answer>(signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> {
    return patiently(ask, { mostAttempts, signal, random: this.#options.random, mayPass });
  }
}

/** A file as the server describes it, by itself or in the metadata of a post; `undefined` for what is none. */
export function readFileInfo(info: unknown): AttachmentInfo | undefined {
  if (!isObject(info) || !isId(textAt(info, 'id'))) return undefined;
  return fileFacts(textAt(info, 'name') ?? '', mimeTypeOf(info), numberAt(info, 'size'));
}

/** With a charset where it is a text. */
const mimeTypeOf = (info: RawObject): string | undefined => textAt(info, 'mime_type')?.split(';', 1)[0]?.trim();

const tooLarge = (maxBytes: number, cause?: unknown): AppError =>
  new AppError('attachment_too_large', { maxMb: Math.round(maxBytes / 1e5) / 10 }, { cause });

/** Whether asking again may help. */
const mayPass = (error: unknown): boolean =>
  error instanceof ServerError && !(error instanceof AnswerTooLongError) && !isRefusal(error) && !isUnauthorised(error);
