/** `marks`, `marks watermark off`, `kennzeichen wasserzeichen aus`. */
import type { OptionalLayer } from '#core/marks-port.ts';
import { clip } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { Command } from '#core/command.ts';
import type { Rest } from '#core/verb-readers.ts';

const layerNames: Readonly<Record<OptionalLayer | 'caption' | 'xmp', RegExp>> = {
  manifest: /^(manifest|c2pa|signature|signatur)$/iu,
  watermark: /^(watermark|wasserzeichen)$/iu,
  prompt: /^(prompt|words|parameters)$/iu,
  caption: /^(caption|label|bildunterschrift|unterschrift)$/iu,
  xmp: /^(xmp|note|metadata|vermerk|metadaten)$/iu,
};

const isOn = /^(on|an|ein|yes|ja)$/iu;
const isOff = /^(off|aus|no|nein)$/iu;

export function readMarks({ words }: Pick<Rest, 'words'>): Result<Command, Problem> | undefined {
  const [name, value, ...more] = words;
  if (name === undefined) return accept({ kind: 'marks' });
  if (more.length > 0) return undefined;
  if (value === undefined && /^(default|standard|vorgabe)$/iu.test(name.text)) return accept({ kind: 'marks', change: 'default' });
  const isSwitch = value !== undefined && (isOn.test(value.text) || isOff.test(value.text));
  const layer = (Object.keys(layerNames) as (keyof typeof layerNames)[]).find((each) => layerNames[each].test(name.text));
  if (layer === undefined) return isSwitch ? refuse('marks_layer_unknown', { value: clip(name.text, 40) }, name) : undefined;
  if (layer === 'caption' || layer === 'xmp') return isSwitch ? refuse('marks_always_on', { layer }, name) : undefined;
  if (value === undefined) return refuse('marks_value_missing', { layer }, name);
  return isSwitch ? accept({ kind: 'marks', change: { layer, on: isOn.test(value.text) } }) : undefined;
}
