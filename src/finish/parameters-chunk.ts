/**
 * Words in a PNG, as AUTOMATIC1111's web UI writes them: a text chunk `parameters`, in Latin-1 where that can be, else international.
 * Source: PNG specification (third edition), tEXt and iTXt; Pillow's `PngInfo.add_text`, which that program uses.
 */
import { insertAfterHeader, textChunk } from '#src/finish/png-chunks.ts';

const keyword = 'parameters';

/** The same PNG with these words in it. Throws a `TypeError` if the file is no PNG. */
export function withParameters(png: Uint8Array, words: string): Uint8Array {
  // Control characters but the end of a line are not allowed in tEXt.
  const isLatin1 = /^[\n\x20-\x7e\xa0-\xff]*$/u.test(words);
  const body = Buffer.from(`${keyword}\0${words}`, 'latin1');
  return insertAfterHeader(png, isLatin1 ? { type: 'tEXt', body } : textChunk(keyword, words));
}
