import sharp from 'sharp';

import { ApiError, badParameter, forbidden } from './errors.ts';
import { fileInfo } from './post-view.ts';
import { newId, type FileRow, type UserRow } from './rows.ts';
import type { World } from './world.ts';

/** What the server's language and the system below it know, by the name's ending alone. Source: app/file.go, `mime.TypeByExtension`. */
const types: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  zip: 'application/zip',
  pdf: 'application/pdf',
};

const tooLarge = (): ApiError => new ApiError(413, 'api.file.upload_file.too_large_detailed.app_error');

export type Upload = {
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
};

export type Served = { readonly body: Buffer; readonly contentType: string; readonly headers: Readonly<Record<string, string>> };

/** Source: api4/file.go `uploadFileStream`, `uploadFileSimple`, `uploadFileMultipart`; app/file.go `UploadFileX`. */
export class Files {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async upload(user: UserRow, { query, contentType, body }: Upload): Promise<object> {
    const { settings } = this.#world;
    if (!settings.enableFileAttachments) throw new ApiError(403, 'api.file.attachments.disabled.app_error');
    if (contentType.startsWith('multipart/form-data')) return this.#multipart(user, query, contentType, body);
    // A form is read as one before anybody looks for a file in it, and nothing is left.
    const bytes = contentType.startsWith('application/x-www-form-urlencoded') ? Buffer.alloc(0) : body;
    if (bytes.length === 0) throw new ApiError(400, 'api.file.upload_file.read_request.app_error');
    const channelId = query.get('channel_id') ?? '';
    const name = query.get('filename') ?? '';
    if (channelId === '') throw badParameter('channel_id');
    if (name === '') throw badParameter('filename');
    const clientId = query.get('client_id');
    const file = await this.#store(user, channelId, name, bytes);
    return { file_infos: [fileInfo(file)], client_ids: clientId === null ? [] : [clientId] };
  }

  async #multipart(user: UserRow, query: URLSearchParams, contentType: string, body: Buffer): Promise<object> {
    const form = await new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } }).formData().catch(() => {
      throw new ApiError(400, 'api.file.upload_file.read_request.app_error');
    });
    // The parts are read as they come: the channel must be known before the first file, or else only `files` are files.
    const parts = [...form.entries()];
    const isChannelFirst = query.has('channel_id') || parts.findIndex(([name]) => name === 'channel_id') < parts.findIndex(isFile);
    const told = parts.find(([name]) => name === 'channel_id')?.[1];
    const channelId = query.get('channel_id') ?? (typeof told === 'string' ? told : '');
    if (channelId === '') throw badParameter('channel_id');
    const infos: object[] = [];
    for (const [name, value] of parts) {
      if (typeof value === 'string') {
        if (name !== 'channel_id' && name !== 'client_ids') throw badParameter(name);
        continue;
      }
      if (!isChannelFirst && name !== 'files') continue;
      infos.push(fileInfo(await this.#store(user, channelId, value.name, Buffer.from(await value.arrayBuffer()))));
    }
    if (infos.length === 0) throw new ApiError(400, 'api.file.upload_file.read_request.app_error');
    return { file_infos: infos, client_ids: parts.flatMap(([name, value]) => (name === 'client_ids' ? [value] : [])) };
  }

  async #store(user: UserRow, channelId: string, path: string, bytes: Buffer): Promise<FileRow> {
    const world = this.#world;
    world.assertMay(user, 'upload_file', channelId);
    if (!world.channels.has(channelId)) throw new ApiError(400, 'api.file.upload_file.get_channel.app_error');
    if (bytes.length > world.settings.maxFileSizeBytes) throw tooLarge();
    const name = path.split(/[\\/]/).at(-1)!;
    const mimeType = types[extensionOf(name)] ?? 'application/octet-stream';
    const atMs = world.clock.now();
    const size = await pictureSize(mimeType, bytes);
    const file: FileRow = {
      id: newId(),
      user_id: user.id,
      post_id: '',
      channel_id: channelId,
      create_at: atMs,
      update_at: atMs,
      delete_at: 0,
      name,
      mime_type: mimeType,
      bytes,
      width: size?.width ?? 0,
      height: size?.height ?? 0,
      // An animation is shown as it is.
      has_preview_image: size !== undefined && mimeType !== 'image/gif',
    };
    world.files.set(file.id, file);
    return file;
  }

  info(user: UserRow, id: string): object {
    return fileInfo(this.#readable(user, id));
  }

  /** Byte for byte what was uploaded, what a picture says about itself included. */
  download(user: UserRow, id: string, isDownload: boolean): Served {
    const file = this.#readable(user, id);
    const isSafe = /^(?:image\/(?!svg)|application\/(?:json|zip|pdf))/.test(file.mime_type);
    const disposition = isDownload || !isSafe ? 'attachment' : 'inline';
    return {
      body: file.bytes,
      contentType: isSafe ? file.mime_type : 'application/octet-stream',
      headers: { 'Content-Disposition': `${disposition};filename*=UTF-8''${encodeURIComponent(file.name)}` },
    };
  }

  /** A small JPEG of the server's own making. Source: api4/file.go `getFileThumbnail`, `getFilePreview`. */
  async smaller(user: UserRow, id: string, kind: 'thumbnail' | 'preview'): Promise<Served> {
    const file = this.#readable(user, id);
    if (!file.has_preview_image) throw new ApiError(400, `api.file.get_file_${kind}.no_${kind}.app_error`);
    const [width, height] = kind === 'thumbnail' ? [120, 100] : [1920, undefined];
    const resized = sharp(file.bytes).resize({ width, ...(height === undefined ? {} : { height }), withoutEnlargement: true });
    return { body: await resized.jpeg({ quality: 90 }).toBuffer(), contentType: 'image/jpeg', headers: {} };
  }

  /** For whoever uploaded it, and whoever reads the channel of its post. */
  #readable(user: UserRow, id: string): FileRow {
    const world = this.#world;
    const file = world.files.get(id);
    if (file === undefined || file.delete_at > 0) throw new ApiError(404, 'app.file_info.get.app_error');
    const isReader = file.post_id !== '' && world.canRead(user, world.channels.get(file.channel_id));
    if (file.user_id !== user.id && !isReader) throw forbidden();
    return file;
  }
}

const isFile = ([, value]: readonly [string, unknown]): boolean => typeof value !== 'string';
const extensionOf = (name: string): string => (name.includes('.') ? name.split('.').at(-1)!.toLowerCase() : '');

/** As it is seen, upright; `undefined` for what is no picture or can't be read. */
async function pictureSize(mimeType: string, bytes: Buffer): Promise<{ readonly width: number; readonly height: number } | undefined> {
  if (!mimeType.startsWith('image/') || mimeType === 'image/svg+xml') return undefined;
  try {
    const { width, height, orientation = 1 } = await sharp(bytes).metadata();
    return orientation >= 5 ? { width: height, height: width } : { width, height };
  } catch {
    return undefined;
  }
}
