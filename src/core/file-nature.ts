/** Enough to tell text from anything else. */
const startBytes = 4096;

/** What a file is that is no picture, as far as a sentence needs it. */
export function fileNature(file: Uint8Array): 'empty' | 'text' | 'other' {
  if (file.length === 0) return 'empty';
  // Below the blank, text has tabs and ends of lines alone.
  return file.subarray(0, startBytes).some((byte) => byte < 9 || (byte > 13 && byte < 32)) ? 'other' : 'text';
}
