import { DeliveryError } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';
import type { ImageStore, PlatformMemory, StoredFile } from '#core/ports.ts';
import type { ImageKey, StoredImage } from '#core/types.ts';

import type { BotClient } from './client.ts';
import type { FileAddress, MediaAddress, PictureAddresses } from './content.ts';
import { describeFile, encryptFile, newFileKey, type EncryptedFile, type FileKey } from './crypto/encrypted-file.ts';
import { HomeserverError, isNotFound, isRateLimited, isRefusal, isUnauthorised, isUnknownEndpoint } from './homeserver-error.ts';
import { megabytes } from '../common/file-facts.ts';
import { numberAt, textAt } from '../common/raw.ts';

const uploadTimeoutMs = 120_000;
const limitKnownForMs = 10 * 60_000;

export type MediaOptions = {
  readonly client: BotClient;
  readonly images: ImageStore;
  readonly memory: PlatformMemory;
  /** Where uploads belong; addresses of another server are of no use after a move. */
  readonly serverName: string;
  readonly now: () => number;
};

/** Puts stored pictures and files on the homeserver, each once: its MXC address is remembered before the bytes are sent. */
export class Media {
  readonly #options: MediaOptions;
  #limit: { readonly bytes: number | undefined; readonly untilMs: number } | undefined;

  constructor(options: MediaOptions) {
    this.#options = options;
  }

  /**
   * Uploads what isn't there yet. Rejects with `rejected` when the picture is over the server's limit.
   * @param encryptedRoom the room whose message will show it, where that is encrypted: then the server gets nothing that it could read
   */
  async addresses(image: StoredImage, encryptedRoom?: string): Promise<PictureAddresses> {
    await this.#checkSize(Math.max(image.bytes, image.thumbnail.bytes));
    // Side by side, because most of an upload is waiting for the server. Both are seen to their end: what one of them
    // achieved is remembered even if the other one fails.
    const [picture, thumbnail] = await Promise.allSettled([
      this.#address(image.key, image.mimeType, encryptedRoom),
      this.#address(image.thumbnail.key, image.thumbnail.mimeType, encryptedRoom),
    ]);
    if (picture.status === 'rejected') throw picture.reason;
    if (thumbnail.status === 'rejected') throw thumbnail.reason;
    return { picture: picture.value, thumbnail: thumbnail.value };
  }

  /** The same for a file that is no picture. */
  async fileAddress(file: StoredFile, encryptedRoom?: string): Promise<FileAddress> {
    await this.#checkSize(file.bytes);
    return { file: await this.#address(file.key, file.mimeType, encryptedRoom) };
  }

  async #checkSize(bytes: number): Promise<void> {
    const limitBytes = await this.#limitBytes();
    if (limitBytes === undefined || bytes <= limitBytes) return;
    const explanation = `the file has ${megabytes(bytes)}, the homeserver takes ${megabytes(limitBytes)} at most`;
    throw new DeliveryError('rejected', explanation, { limitBytes });
  }

  /** The server's own upload limit in bytes; `undefined` when it names none. */
  async #limitBytes(): Promise<number | undefined> {
    const { client, now } = this.#options;
    if (this.#limit && now() < this.#limit.untilMs) return this.#limit.bytes;
    const answer: unknown = await client
      .doRequest('GET', '/_matrix/client/v1/media/config')
      .catch(async (error: unknown) => {
        if (!isRefusal(error) && !isUnknownEndpoint(error)) throw error;
        return client.doRequest('GET', '/_matrix/media/v3/config');
      })
      .catch((error: unknown) => {
        if (isRefusal(error) || isUnknownEndpoint(error)) return {};
        // A proxy that answers this one question with its own pages holds no picture up: what is too large is refused when it is sent.
        if (error instanceof HomeserverError && error.status !== undefined && error.status !== 429 && !isUnauthorised(error))
          return undefined;
        throw error;
      });
    if (answer === undefined) return undefined;
    const bytes = numberAt(answer, 'm.upload.size');
    this.#limit = { bytes, untilMs: now() + limitKnownForMs };
    return bytes;
  }

  async #address(key: ImageKey, mimeType: string, encryptedRoom: string | undefined): Promise<MediaAddress> {
    return encryptedRoom === undefined ? this.#openAddress(key, mimeType) : this.#encryptedAddress(key, encryptedRoom);
  }

  /**
   * Each room has its own copy under its own key: one room's key must not open what another one shows. The key is
   * remembered before the first byte leaves, so that the same file is always the same bytes on the server.
   */
  async #encryptedAddress(key: ImageKey, room: string): Promise<EncryptedFile> {
    const { memory, serverName } = this.#options;
    const name = `${room}:${key}`;
    const uploadedKey = `mxc:${serverName}:${name}`;
    const known = memory.get(uploadedKey);
    if (known) return JSON.parse(known) as EncryptedFile;
    const fileKey = this.#fileKey(name);
    const encrypted = encryptFile(await this.#options.images.read(key), fileKey);
    const file = describeFile(await this.#upload(name, encrypted, 'application/octet-stream'), fileKey, encrypted);
    this.#uploaded(name, JSON.stringify(file));
    return file;
  }

  /** `name` holds the hash of the file, so a key never meets other bytes. */
  #fileKey(name: string): FileKey {
    const { memory } = this.#options;
    const place = `file-key:${name}`;
    const known = memory.get(place);
    if (known) return JSON.parse(known) as FileKey;
    const made = newFileKey();
    memory.set(place, JSON.stringify(made));
    return made;
  }

  async #openAddress(key: ImageKey, mimeType: string): Promise<string> {
    const { memory, serverName } = this.#options;
    const uploadedKey = `mxc:${serverName}:${key}`;
    const known = memory.get(uploadedKey);
    if (known) return known;
    const bytes = await this.#options.images.read(key);
    const address = await this.#upload(key, bytes, mimeType);
    this.#uploaded(key, address);
    return address;
  }

  /** What was remembered for another attempt is of no use any more. */
  #uploaded(name: string, address: string): void {
    const { memory, serverName } = this.#options;
    memory.together(() => {
      memory.set(`mxc:${serverName}:${name}`, address);
      memory.delete(`mxc-reserved:${serverName}:${name}`);
      memory.delete(`file-key:${name}`);
    });
  }

  async #upload(name: string, bytes: Uint8Array, mimeType: string): Promise<string> {
    const { client, memory, serverName } = this.#options;
    const reservedKey = `mxc-reserved:${serverName}:${name}`;
    const reserved = memory.get(reservedKey);
    if (reserved) {
      try {
        return await this.#fill(reserved, bytes, mimeType);
      } catch (error) {
        // A reservation ends after a day or so, or belongs to an earlier account of the bot's: take a new one.
        if (!isRefusal(error)) throw error;
      }
    }
    let created: unknown;
    try {
      created = await client.doRequest('POST', '/_matrix/media/v1/create', null, {});
    } catch (error) {
      // Reservations whose answers were lost count as pending: of five, Synapse makes no more for a day. It takes files all the same.
      if (!isUnknownEndpoint(error) && !isNotFound(error) && !isRateLimited(error)) throw error;
      return addressIn(await this.#send('POST', '/_matrix/media/v3/upload', bytes, mimeType));
    }
    const address = addressIn(created);
    memory.set(reservedKey, address);
    reach('media.reserved');
    return this.#fill(address, bytes, mimeType);
  }

  async #fill(address: string, bytes: Uint8Array, mimeType: string): Promise<string> {
    const [server = '', mediaId = ''] = address.slice('mxc://'.length).split('/');
    try {
      await this.#send('PUT', `/_matrix/media/v3/upload/${encodeURIComponent(server)}/${encodeURIComponent(mediaId)}`, bytes, mimeType);
    } catch (error) {
      // An earlier attempt arrived although its answer did not.
      if (!(error instanceof HomeserverError && error.errcode === 'M_CANNOT_OVERWRITE_MEDIA')) throw error;
    }
    return address;
  }

  /** Without a file name: the address of a file should not tell what was asked for. */
  async #send(method: 'POST' | 'PUT', path: string, bytes: Uint8Array, mimeType: string): Promise<unknown> {
    try {
      return (await this.#options.client.doRequest(method, path, null, bytes, uploadTimeoutMs, false, mimeType)) as unknown;
    } catch (error) {
      if (error instanceof HomeserverError && error.status === 413 && !isUnauthorised(error)) {
        // A proxy does not name its limit: half of it is tried next, and goes for the next ones too.
        const limitBytes = Math.floor(bytes.length / 2);
        this.#limit = { bytes: limitBytes, untilMs: this.#options.now() + limitKnownForMs };
        const explanation = `the file has ${megabytes(bytes.length)}, which is more than the homeserver or its proxy takes`;
        throw new DeliveryError('rejected', explanation, { cause: error, limitBytes });
      }
      throw error;
    }
  }
}

function addressIn(answer: unknown): string {
  const address = textAt(answer, 'content_uri');
  if (address === undefined || !/^mxc:\/\/[^/\s]+\/[A-Za-z0-9_=-]+$/.test(address)) {
    throw new HomeserverError('the homeserver named no address for the uploaded file');
  }
  return address;
}
