/** Deliveries as posts. */
import type { Content, Delivery } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';

import type { RawObject } from '../common/raw.ts';
import { ownProps } from './post.ts';
import { fittedMarkdown } from './text-limit.ts';

/** What becomes a post of its own. */
export type PostContent = Exclude<Content, { kind: 'edit' } | { kind: 'reaction' }>;

/** Of a file's name that a client shows. */
const mostNameCharacters = 100;
/** Servers keep files under their own names, previews under longer ones, and most disks take 255. Source: app/file.go `UploadFileX`. */
const mostNameBytes = 200;

/** Message and props of a post, without its place. */
export function outgoingPost(
  { transactionId }: Delivery,
  content: PostContent,
  postRunes: number,
  attachments: readonly object[],
): { readonly message: string; readonly props: RawObject } {
  const shown = content.kind === 'image' ? { alt: storable(content.altText), blurhash: content.image.blurhash } : {};
  return {
    message: fittedMarkdown(textOf(content), postRunes),
    props: {
      [ownProps]: { delivery: transactionId, ...shown },
      // So that the server fetches nothing that a message names. Source: model/post.go `PostPropsUnsafeLinks`.
      unsafe_links: 'true',
      ...(attachments.length === 0 ? {} : { attachments }),
    },
  };
}

const textOf = (content: PostContent): RichText => (content.kind === 'text' ? content.text : content.caption);

/**
 * A file's name is all that a screen reader is told of a picture: after its own name, by which it is found, it says what the picture shows.
 * `k7f3-A1.png` → `k7f3-A1 AI-generated picture a red fox.png`
 */
export function tellingName(fileName: string, altText: string): string {
  const dot = fileName.lastIndexOf('.');
  const [name, ending] = dot < 0 ? [fileName, ''] : [fileName.slice(0, dot), fileName.slice(dot)];
  // Marks belong to what stands before them.
  const words = altText
    .toWellFormed()
    .replace(/[^\p{L}\p{M}\p{N}-]\p{M}*|^\p{M}+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  let [shown, characters, bytes] = ['', [...fileName].length + 1, Buffer.byteLength(fileName) + 1];
  for (const character of words) {
    [characters, bytes] = [characters + 1, bytes + Buffer.byteLength(character)];
    if (characters > mostNameCharacters || bytes > mostNameBytes) break;
    shown += character;
  }
  return shown.trim() === '' ? fileName : `${name} ${shown.trim()}${ending}`;
}

/** What a database can hold. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\u0000', '');
