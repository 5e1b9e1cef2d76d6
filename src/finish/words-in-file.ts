/**
 * Whether a file holds settings as generators write them: in a text chunk of a PNG, or in the user comment of Exif data. A text that merely
 * has such a name, or mentions steps, is none.
 * Source: RIFF and WebP containers; ITU-T T.81, annex B; what AUTOMATIC1111, ComfyUI and InvokeAI write.
 */
import { exifComments } from '#src/finish/exif-comment.ts';
import { mostParts } from '#src/finish/most-parts.ts';
import { sniffFormat } from '#src/finish/picture-format.ts';
import { pngTexts } from '#src/finish/png-texts.ts';

const keywords = new Set(['parameters', 'prompt', 'workflow', 'dream', 'sd-metadata', 'invokeai_metadata', 'generation_data']);

export function hasWords(file: Uint8Array): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  switch (sniffFormat(file)) {
    case 'png':
      return pngTexts(file, keywords).some(({ text }) => isSettings(text) || isGraph(text) || isOptions(text));
    case 'jpeg':
      return inJpeg(bytes);
    case 'webp':
      return inWebp(bytes);
    case 'gif':
    case 'avif':
    case undefined:
      return false;
  }
}

/** As AUTOMATIC1111 and most others write them, below the prompt. */
const isSettings = (text: string): boolean => /\bSteps: \d{1,9}, /u.test(text) && /\b(?:Sampler|Seed): /u.test(text);

/** JSON of ComfyUI, its nodes or what they compute, and of InvokeAI and others, who write a prompt and its numbers. */
const isGraph = (text: string): boolean =>
  /^\s{0,99}\{/u.test(text) &&
  [
    ['"class_type"', '"inputs"'],
    ['"nodes"', '"links"'],
    ['prompt"', '"seed"'],
    ['prompt"', '"steps"'],
  ].some((names) => names.every((name) => text.includes(name)));

/** The words of a command line, as InvokeAI wrote them at first. */
const isOptions = (text: string): boolean => / -s ?\d/u.test(text) && / -S ?\d/u.test(text);

const exifHeader = Buffer.from('Exif\0\0', 'latin1');
/** A directory with a pointer, and one with a comment. */
const leastExifBytes = 8 + 2 + 12 + 2 + 12;
/** Files have one; of those that have more, these are looked at. */
const mostExif = 8;

const hasComment = (tiff: Buffer): boolean => exifComments(tiff).some(isSettings);

/** Segments before the image data. */
function inJpeg(bytes: Buffer): boolean {
  let at = 2;
  let looked = 0;
  for (let parts = 0; parts < mostParts && at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; parts++) {
    if (bytes[at + 1] === 0xff) {
      at += 1;
      continue;
    }
    const body = at + 4;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (bytes[at + 1] === 0xe1 && end - body >= exifHeader.length + leastExifBytes && end <= bytes.length)
      if (bytes.compare(exifHeader, 0, exifHeader.length, body, body + exifHeader.length) === 0) {
        if (hasComment(bytes.subarray(body + exifHeader.length, end))) return true;
        if (++looked === mostExif) return false;
      }
    at = Math.max(end, body);
  }
  return false;
}

const exifChunk = Buffer.from('EXIF').readUInt32LE(0);

function inWebp(bytes: Buffer): boolean {
  let at = 12;
  let looked = 0;
  for (let parts = 0; parts < mostParts && at + 8 <= bytes.length; parts++) {
    const [body, length] = [at + 8, bytes.readUInt32LE(at + 4)];
    if (bytes.readUInt32LE(at) === exifChunk && length >= leastExifBytes && body + length <= bytes.length) {
      // Some programs write the header of JPEG files here as well.
      const isHeaded = bytes.compare(exifHeader, 0, exifHeader.length, body, body + exifHeader.length) === 0;
      if (hasComment(bytes.subarray(isHeaded ? body + exifHeader.length : body, body + length))) return true;
      if (++looked === mostExif) return false;
    }
    at = body + length + (length % 2);
  }
  return false;
}
