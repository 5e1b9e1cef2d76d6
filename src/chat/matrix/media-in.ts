import { objectAt, textAt, type RawObject } from '../common/raw.ts';

export type MediaPlace = { readonly server: string; readonly mediaId: string };

/** The files that a message's content names: its own and its thumbnail's, encrypted or not. */
export function mediaIn(content: RawObject): readonly MediaPlace[] {
  const info = objectAt(content, 'info');
  const addresses = [
    textAt(content, 'url'),
    textAt(objectAt(content, 'file'), 'url'),
    textAt(info, 'thumbnail_url'),
    textAt(objectAt(info, 'thumbnail_file'), 'url'),
  ];
  return addresses.flatMap((address) => {
    // Both become parts of a path: no `..`, no slash, no percent sign.
    const [, server, mediaId] = /^mxc:\/\/([A-Za-z0-9.:[\]-]{1,262})\/([\w-]{1,255})$/.exec(address ?? '') ?? [];
    return server === undefined || mediaId === undefined ? [] : [{ server, mediaId }];
  });
}
