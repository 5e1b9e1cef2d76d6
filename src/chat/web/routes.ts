/**
 * The room over HTTP. Every body and answer is JSON; a refusal is `{ error: { code, message } }`.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /` | the page |
 * | `POST /api/messages` `{ transactionId, name, text, threadId?, replyTo?, attachment?: { key, name } }` | 200 `WireEvent`: the message, the same one for a repeated transactionId; `text` may be empty beside an attachment |
 * | `POST /api/uploads?name=NAME`, the bytes of a file as `application/octet-stream` | 200 `Upload`; its `key` goes into a message's `attachment` |
 * | `POST /api/reactions` `{ transactionId, name, target, emoji }` | 200 `WireEvent` |
 * | `POST /api/redactions` `{ transactionId, name, target }` | 200 `WireEvent` |
 * | `GET /api/events?after=SEQ` | `{ events: WireEvent[] }`, oldest first, at most 500; without `after` the newest 500; `before=SEQ` the ones before |
 * | `GET /api/stream?after=SEQ` | server-sent events, see `stream.ts`; `Last-Event-ID` counts before `after` |
 * | `GET /api/images/:key` | the picture; the name is its hash, so it may be kept for ever |
 * | `GET /api/files/:key?name=NAME` | any stored file, to be saved under that name |
 * | `GET /api/status` | `RoomStatus` |
 * | `GET /api/vocabulary` | `ShownVocabulary`: what the model can draw; 404 where that is no closed list |
 * | `GET /gallery` | the page of the starred pictures |
 * | `GET /api/gallery` | `Gallery`: the starred pictures, newest first |
 * | `GET /healthz` | 200 `{ ok: true }`, without a token |
 *
 * A POST comes as `application/json` with at most 64 KiB, an upload has at most `maxUploadMegabytes`. Where the room has a token, programs send it as
 * `Authorization: Bearer TOKEN`.
 */
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AppError } from '#core/errors.ts';
import { fileExtensions, type FileExtension, type ImageStore, type RoomEvent, type RoomHistory } from '#core/ports.ts';
import { shownVocabulary } from '#core/render-vocabulary.ts';
import type { Language } from '#core/types.ts';
import type { Vocabulary } from '#core/model-info.ts';
import { toWire, type Gallery, type GalleryEntry } from './events.ts';
import { contentDisposition, isShownKind, mimeTypes, shownFileName } from './file-kinds.ts';
import { hostGuard, originGuard, securityHeaders, tokenGuard } from './guard.ts';
import type { PageFile } from './page-files.ts';
import { messagePost, reactionPost, redactionPost, type Post } from './posts.ts';
import { refusal } from './refusal.ts';
import { streamEvents, type StreamSources } from './stream.ts';
import { maxBodyBytes } from './texts.ts';
import { megabyte, readStored, readUpTo, storeUpload } from './uploads.ts';

export type RoomSources = StreamSources & {
  readonly host: string;
  readonly token: string | undefined;
  /** Further names the room is reached by. */
  readonly allowedHosts: readonly string[];
  readonly language: Language;
  readonly images: ImageStore;
  readonly pageFiles: ReadonlyMap<string, PageFile>;
  readonly vocabulary: () => Vocabulary | undefined;
  readonly maxUploadMegabytes: () => number;
  readonly gallery: () => readonly GalleryEntry[];
  /** Stores a person's post and hands it to the inbox. */
  readonly post: (post: Post) => RoomEvent;
  /** Told about breakage; the person gets a sentence. */
  readonly onError: (error: Error) => void;
};

const listLimit = 500;
const year = 'private, max-age=31536000, immutable';

export function roomRoutes(sources: RoomSources): Hono<{ Variables: { language: Language } }> {
  const app = new Hono<{ Variables: { language: Language } }>();
  const { history, images, pageFiles } = sources;

  app.use(async (context, next) => {
    context.set('language', sources.language);
    await next();
  });
  app.use(securityHeaders, hostGuard(sources.host, sources.token !== undefined, sources.allowedHosts), originGuard);
  app.get('/healthz', (context) => context.json({ ok: true }));
  app.get('/page/:name', (context) => sendFile(context, pageFiles.get(context.req.param('name'))));
  app.get('/favicon.ico', (context) => sendFile(context, pageFiles.get('logo.svg')));

  if (sources.token !== undefined) app.use(tokenGuard(sources.token));
  app.get('/', (context) => sendFile(context, pageFiles.get('index.html')));
  app.get('/gallery', (context) => sendFile(context, pageFiles.get('gallery.html')));
  app.get('/api/gallery', (context) => context.json({ entries: sources.gallery() } satisfies Gallery));
  app.get('/api/status', (context) => context.json(sources.status()));
  app.get('/api/vocabulary', (context) => {
    const vocabulary = sources.vocabulary();
    return vocabulary === undefined ? refusal(context, 404, 'not_found') : context.json(shownVocabulary(vocabulary));
  });

  app.get('/api/events', (context) => {
    const after = sequenceOf(context.req.query('after'));
    const before = sequenceOf(context.req.query('before'));
    if (Number.isNaN(after) || Number.isNaN(before)) return refusal(context, 400, 'bad_request');
    return context.json({ events: eventsAround(history, after, before).map(toWire) });
  });
  app.get('/api/stream', (context) => {
    const after = sequenceOf(context.req.header('last-event-id') ?? context.req.query('after'));
    if (Number.isNaN(after)) return refusal(context, 400, 'bad_request');
    return streamEvents(context, sources, after ?? 0);
  });

  app.get('/api/images/:key', async (context) => {
    const key = context.req.param('key');
    const extension = extensionOf(key);
    const bytes = extension === undefined || !isShownKind(extension) ? undefined : await readStored(images, key);
    if (extension === undefined || bytes === undefined) return refusal(context, 404, 'not_found');
    return context.body(bytes, 200, { 'Content-Type': mimeTypes[extension], 'Cache-Control': year });
  });
  app.get('/api/files/:key', async (context) => {
    const key = context.req.param('key');
    const extension = extensionOf(key);
    const bytes = extension === undefined ? undefined : await readStored(images, key);
    if (extension === undefined || bytes === undefined) return refusal(context, 404, 'not_found');
    const name = shownFileName(context.req.query('name') ?? `file.${extension}`);
    return context.body(bytes, 200, {
      'Content-Type': mimeTypes[extension],
      'Content-Disposition': contentDisposition(name),
      'Cache-Control': year,
    });
  });

  app.post('/api/uploads', async (context) => {
    // A form of another site can't send this type without asking first.
    if (!/^application\/octet-stream$/iu.test(context.req.header('content-type') ?? '')) return refusal(context, 415, 'not_a_file');
    const megabytes = sources.maxUploadMegabytes();
    const isTold = Number(context.req.header('content-length') ?? 0) > megabytes * megabyte;
    const bytes = isTold ? undefined : await readUpTo(context.req.raw.body, megabytes * megabyte);
    if (bytes === undefined) return refusal(context, 413, 'file_too_large', { megabytes });
    if (bytes.length === 0) return refusal(context, 400, 'file_empty');
    return context.json(await storeUpload(images, bytes, context.req.query('name') ?? ''));
  });

  const limit = bodyLimit({ maxSize: maxBodyBytes, onError: (context) => refusal(context, 413, 'too_large') });
  const forms = { '/api/messages': messagePost, '/api/reactions': reactionPost, '/api/redactions': redactionPost };
  for (const [path, check] of Object.entries(forms)) {
    app.post(path, limit, async (context) => {
      if (!/^application\/json\b/iu.test(context.req.header('content-type') ?? '')) return refusal(context, 415, 'not_json');
      const json = await context.req.json().catch(() => undefined);
      const result = await check(json, sources);
      return result.ok ? context.json(toWire(sources.post(result.post))) : refusal(context, result.status, result.code);
    });
  }

  app.notFound((context) => refusal(context, 404, 'not_found'));
  app.onError((error, context) => {
    if (error instanceof AppError && (error.code === 'image_store_full' || error.code === 'disk_full'))
      return refusal(context, 507, 'storage_full');
    sources.onError(error);
    return refusal(context, 500, 'internal');
  });
  return app;
}

/** `undefined` where none was given, NaN where it is no sequence number. */
function sequenceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN;
}

function eventsAround(history: RoomHistory, after: number | undefined, before: number | undefined): readonly RoomEvent[] {
  if (after !== undefined) return history.after(after, listLimit);
  if (before !== undefined) return history.after(Math.max(0, before - 1 - listLimit), listLimit).filter((event) => event.sequence < before);
  return history.latest(listLimit);
}

/** `undefined` for what is no key of a stored file. */
function extensionOf(key: string): FileExtension | undefined {
  const ending = /^[0-9a-f]{64}\.(\w+)$/u.exec(key)?.[1];
  return fileExtensions.find((extension) => extension === ending);
}

function sendFile(context: Context, file: PageFile | undefined): Response | Promise<Response> {
  if (file === undefined) return refusal(context, 404, 'not_found');
  // Always asked again, answered with 304: a new version is seen at the next load, without a build that names files by hash.
  const headers = { 'Cache-Control': 'no-cache', ETag: file.etag };
  if (context.req.header('if-none-match') === file.etag) return context.body(null, 304, headers);
  return context.body(file.bytes, 200, { ...headers, 'Content-Type': file.contentType });
}
