/** What the bot says in English about marks of origin and their verification. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import type { MarksMessageParams } from '#core/marks-message-codes.ts';
import type { OptionalLayer } from '#core/marks-port.ts';
import { code } from '#core/rich-text.ts';

const say = phraseIn('en');

const layers: Readonly<Record<OptionalLayer, string>> = { manifest: 'signed manifest', watermark: 'invisible watermark', prompt: 'prompt' };

const troubles = {
  no_key: 'there is no key for it',
  refused: 'its key can’t be used',
  expired: 'the certificate is not valid today',
} as const;

export const englishMarks: Pick<Catalogue['messages'], keyof MarksMessageParams> = {
  verify_begun: () => say`I am looking at this file; what I find comes here in a moment.`,
  verify_not_picture: ({ kind }) => {
    const what = { empty: 'This file is empty', text: 'This file is text', other: 'This file is no picture that I can read' }[kind];
    return say`${what}: I look at PNG, JPEG, WebP, AVIF and GIF, so attach one of those or reply to one.`;
  },
  verify_busy: ({ waiting }) => say`${waiting} files wait to be looked at already, and I look at one at a time: try again in a minute.`,
  verify_too_slow: ({ seconds }) =>
    say`I stopped after ${seconds} seconds: this file takes too long to look at. A smaller copy of the picture can be checked for its watermark.`,
  marks_layer_unknown: ({ value }, { prefix }) =>
    say`There is no mark called ${code(value)}: you can switch ${code('manifest')}, ${code('watermark')} and ${code('prompt')}, such as ${code(`${prefix} marks watermark off`)}.`,
  marks_value_missing: ({ layer }, { prefix }) =>
    say`On or off? Type ${code(`${prefix} marks ${layer} on`)} or ${code(`${prefix} marks ${layer} off`)}.`,
  marks_always_on: ({ layer }, { prefix }) =>
    say`${layer === 'caption' ? 'The caption «AI-generated»' : 'The note in the file (XMP)'} stays on every picture: the law asks for a mark that people or programs can read. You can switch ${code('manifest')}, ${code('watermark')} and ${code('prompt')}, such as ${code(`${prefix} marks watermark off`)}.`,
  marks_changed: ({ layer, on, trouble }) =>
    layer === 'prompt'
      ? on
        ? say`From the next picture on, files of this room tell the prompt they were drawn from: whoever gets such a file can read it.`
        : say`From the next picture on, files of this room tell no prompt.`
      : on && trouble !== undefined
        ? say`Noted, but pictures get no ${layers[layer]} yet: ${troubles[trouble]}. Whoever runs the bot ${layer === 'watermark' ? say`learns more from ${code('blitzbild doctor')}` : trouble === 'no_key' ? say`makes one with ${code('blitzbild keys init')}` : say`learns more from ${code('blitzbild keys show')}`}.`
        : say`From the next picture on, pictures of this room have ${on ? 'the' : 'no'} ${layers[layer]}; the caption and the note in the file stay.`,
  marks_reset: () => say`This room has the marks of the configuration again.`,
};
