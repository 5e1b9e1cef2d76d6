/** Files in the shapes in which other programs write them. */
import type { StyleImport } from '#core/style-import.ts';
import { styleFiles } from '#src/styles/style-files.ts';

const encoder = new TextEncoder();

export const readFile = (name: string, content: string | Uint8Array, maxPromptChars = 2000): StyleImport =>
  styleFiles.read({ name, bytes: typeof content === 'string' ? encoder.encode(content) : content }, { maxPromptChars });

/** As A1111 1.10 saves: byte order mark, CRLF, quotes where needed, a line end inside a field. */
export const a1111Csv = [
  '\ufeffname,prompt,negative_prompt',
  'Film noir,"film noir still of {prompt}, hard light, ""deep"" shadows","color, daylight"',
  'Masterpiece,"(best quality:1.2), intricate",blurry',
  'Only negative,,"bad hands, text"',
  'Two lines,"{prompt},\nsoft light",',
  '',
].join('\r\n');

/** As Fooocus has it: four blanks, `{prompt}` missing or the prompt empty in some. */
export const fooocusJson = `${JSON.stringify(
  [
    { name: 'house-Paper Cut', prompt: 'paper cut {prompt} . layered, craft', negative_prompt: 'photo, blurry' },
    { name: 'House Negative', prompt: '', negative_prompt: 'deformed, watermark' },
    { name: 'House Grain', prompt: 'film grain, vignette', negative_prompt: '' },
  ],
  null,
  4,
)}\n`;
