import type { AttachmentInfo } from '#core/incoming.ts';

import { openingOf, type Opening } from './crypto/encrypted-file.ts';
import { fileFacts } from '../common/file-facts.ts';
import { numberAt, objectAt, textAt, type RawObject } from '../common/raw.ts';

/** Where the bytes of a file are: on a homeserver, or nowhere that the bot can reach. */
export type FileSource =
  | { readonly kind: 'media'; readonly server: string; readonly mediaId: string }
  /** The same, and what opens it. */
  | { readonly kind: 'encrypted'; readonly server: string; readonly mediaId: string; readonly opening: Opening }
  /** Encrypted in a way that the bot does not know. */
  | { readonly kind: 'sealed' }
  /** An address that is no `mxc:` one: it is not asked, whatever is there. */
  | { readonly kind: 'foreign' };

export type FileMessage = {
  readonly attachment: AttachmentInfo;
  /** What its sender wrote beside the file; empty where nothing. */
  readonly caption: string;
  readonly source: FileSource;
};

/**
 * The content of an `m.room.message` that carries a picture or another file; `undefined` for every other one.
 *
 * Source: Matrix specification 1.10, `m.image` and `m.file`: `body` is a caption where there is a `filename` that
 * differs from it, else it is the name.
 */
export function readFileMessage(content: RawObject): FileMessage | undefined {
  if (content['msgtype'] !== 'm.image' && content['msgtype'] !== 'm.file') return undefined;
  const source = sourceOf(content);
  if (source === undefined) return undefined;
  const body = textAt(content, 'body') ?? '';
  const fileName = textAt(content, 'filename') || undefined;
  const info = objectAt(content, 'info');
  return {
    attachment: fileFacts(fileName ?? body, textAt(info, 'mimetype'), numberAt(info, 'size')),
    caption: fileName === undefined || fileName === body ? '' : body,
    source,
  };
}

function sourceOf(content: RawObject): FileSource | undefined {
  const address = textAt(content, 'url');
  if (address !== undefined) return placeOf(address);
  const file = objectAt(content, 'file');
  if (Object.keys(file).length === 0) return undefined;
  const place = placeOf(textAt(file, 'url') ?? '');
  const opening = openingOf(file);
  return opening === undefined ? { kind: 'sealed' } : place.kind === 'media' ? { ...place, kind: 'encrypted', opening } : place;
}

function placeOf(address: string): FileSource & { readonly kind: 'media' | 'foreign' } {
  // Strict, for both become parts of a path: no `..`, no slash, no percent sign.
  const [, server, mediaId] =
    /^mxc:\/\/((?:[A-Za-z0-9][A-Za-z0-9.-]{0,253}|\[[\dA-Fa-f:.]{2,45}\])(?::\d{1,5})?)\/([\w-]{1,255})$/.exec(address) ?? [];
  return server === undefined || mediaId === undefined ? { kind: 'foreign' } : { kind: 'media', server, mediaId };
}
