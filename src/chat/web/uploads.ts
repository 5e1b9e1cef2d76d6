/** Files that people send: taken up to a limit, kept in the image store under their hash, described by their own bytes. */
import { AppError } from '#core/errors.ts';
import type { Attachment, ImageStore, RoomHistory } from '#core/ports.ts';
import { imageKey, type EventId, type ImageKey } from '#core/types.ts';
import { roomBody, type RoomBody, type Upload } from './events.ts';
import { isShownKind, kindOf, mimeTypes, shownFileName } from './file-kinds.ts';
import { pictureSize } from './picture-size.ts';

export const megabyte = 1_000_000;
export const defaultUploadMegabytes = 20;

/** Larger ones are offered for download: decoding one takes every browser in the room four bytes a pixel. */
const maxShownPixels = 50e6;

/** Everything that comes, or `undefined` as soon as it is more than `maxBytes`. */
export async function readUpTo(stream: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the stream.
  for await (const part of stream ?? []) {
    length += part.length;
    if (length > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

/** Stores the file; rejects with `image_store_full`. */
export async function storeUpload(images: ImageStore, bytes: Uint8Array, typedName: string): Promise<Upload> {
  const name = shownFileName(typedName);
  return describe(await images.put(bytes, kindOf(bytes, name)), name, bytes);
}

/** What a message says about the stored file that it names; `undefined` where there is no such file. */
export async function knownUpload(images: ImageStore, key: string, typedName: string): Promise<Upload | undefined> {
  const bytes = await readStored(images, key);
  return bytes === undefined ? undefined : describe(imageKey(key), shownFileName(typedName), bytes);
}

function describe(key: ImageKey, name: string, bytes: Uint8Array): Upload {
  const extension = key.slice(key.lastIndexOf('.') + 1) as keyof typeof mimeTypes;
  const size = isShownKind(extension) ? pictureSize(bytes) : undefined;
  const isShown = size !== undefined && size.widthPx * size.heightPx <= maxShownPixels;
  return { key, name, bytes: bytes.length, mimeType: mimeTypes[extension].split(';')[0] ?? '', ...(isShown && size) };
}

/** `undefined` where there is no such file. */
export async function readStored(images: ImageStore, key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await images.read(imageKey(key)));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && (('code' in error && error.code === 'ENOENT') || (error.cause !== undefined && isMissing(error.cause)));

type Carried = { readonly key: ImageKey; readonly name: string; readonly mimeType: string; readonly bytes: number };

/** The file that a message carries, a person's or one of the bot's. */
function carriedBy(body: RoomBody): Carried | undefined {
  if (body.kind === 'message') return body.attachment;
  if (body.kind === 'file') return body.file;
  if (body.kind !== 'image') return undefined;
  const { key, mimeType, bytes } = body.image;
  return { key, mimeType, bytes, name: body.fileName };
}

/** As `ChatPlatform.attachment`. */
export async function readAttachment(
  { history, images }: { readonly history: RoomHistory; readonly images: ImageStore },
  event: EventId,
  maxBytes: number,
): Promise<Attachment | undefined> {
  const message = history.get(event);
  const file = message === undefined ? undefined : carriedBy(roomBody(message));
  if (file === undefined) return undefined;
  if (file.bytes > maxBytes) {
    throw new AppError('attachment_too_large', { maxMb: Math.round((maxBytes / megabyte) * 10) / 10 });
  }
  let bytes: Uint8Array;
  try {
    bytes = await images.read(file.key);
  } catch (error) {
    throw new AppError('attachment_unavailable', {}, { cause: error });
  }
  return { name: file.name, mimeType: file.mimeType, bytes };
}
