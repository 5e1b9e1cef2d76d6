/**
 * Whether a file tells how it was drawn: text chunks that generators write into PNG, or their words in Exif. Only looked for, never unpacked,
 * so a file of a million chunks costs milliseconds.
 * Source: PNG specification (third edition), tEXt, zTXt, iTXt; Exif 2.32, UserComment; RIFF and WebP containers; what AUTOMATIC1111, ComfyUI and
 * InvokeAI write.
 */
import { sniffFormat } from '#src/finish/picture-format.ts';

const keywords = new Set(['parameters', 'prompt', 'workflow', 'dream', 'sd-metadata', 'invokeai_metadata', 'generation_data']);
/** Keywords of PNG texts have at most so many bytes. */
const longestKeyword = 79;
/** As it stands between a prompt and its settings, in every encoding that Exif comments have. */
const inComments = [Buffer.from('Steps: ', 'latin1'), Buffer.from('Steps: ', 'utf16le'), Buffer.from('Steps: ', 'utf16le').swap16()];

export function hasWords(file: Uint8Array): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  switch (sniffFormat(file)) {
    case 'png':
      return inPng(bytes);
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

const textChunks = new Set(['tEXt', 'zTXt', 'iTXt'].map((name) => Buffer.from(name).readUInt32BE(0)));

function inPng(bytes: Buffer): boolean {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (!textChunks.has(bytes.readUInt32BE(at + 4))) continue;
    const start = at + 8;
    const end = bytes.subarray(start, start + longestKeyword + 1).indexOf(0);
    if (end > 0 && keywords.has(bytes.toString('latin1', start, start + end).toLowerCase())) return true;
  }
  return false;
}

const hasComment = (exif: Buffer): boolean => inComments.some((words) => exif.includes(words));

/** APP1 segments before the image data. */
function inJpeg(bytes: Buffer): boolean {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; at += 2 + bytes.readUInt16BE(at + 2)) {
    if (bytes[at + 1] === 0xe1 && hasComment(bytes.subarray(at + 4, at + 2 + bytes.readUInt16BE(at + 2)))) return true;
  }
  return false;
}

function inWebp(bytes: Buffer): boolean {
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'EXIF' && hasComment(bytes.subarray(at + 8, at + 8 + length))) return true;
    at += 8 + length + (length % 2);
  }
  return false;
}
