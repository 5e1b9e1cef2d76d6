/** What the bot says in German about marks of origin and their verification. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import type { MarksMessageParams } from '#core/marks-message-codes.ts';
import type { OptionalLayer } from '#core/marks-port.ts';
import { code } from '#core/rich-text.ts';

const say = phraseIn('de');

/** As they are typed. */
const typed: Readonly<Record<OptionalLayer, string>> = { manifest: 'manifest', watermark: 'wasserzeichen', prompt: 'prompt' };
const noLayer: Readonly<Record<OptionalLayer, string>> = {
  manifest: 'kein signiertes Manifest',
  watermark: 'kein unsichtbares Wasserzeichen',
  prompt: 'keinen Prompt',
};
const theLayer: Readonly<Record<OptionalLayer, string>> = {
  manifest: 'das signierte Manifest',
  watermark: 'das unsichtbare Wasserzeichen',
  prompt: 'den Prompt',
};

const troubles = {
  no_key: 'Es gibt keinen Schlüssel dafür',
  refused: 'Der Schlüssel dafür ist unbrauchbar',
  expired: 'Das Zertifikat ist heute nicht gültig',
} as const;

export const germanMarks: Pick<Catalogue['messages'], keyof MarksMessageParams> = {
  verify_begun: () => say`Ich sehe mir diese Datei an; was ich finde, steht gleich hier.`,
  verify_not_picture: ({ kind }) => {
    const what = { empty: 'Diese Datei ist leer', text: 'Diese Datei ist Text', other: 'Diese Datei ist kein Bild, das ich lesen kann' }[
      kind
    ];
    return say`${what}: Ich prüfe PNG, JPEG, WebP, AVIF und GIF – häng eines davon an oder antworte auf eines.`;
  },
  verify_busy: ({ waiting }) =>
    say`Es warten schon ${waiting} Dateien, und ich prüfe eine nach der anderen: Versuch es in einer Minute noch einmal.`,
  verify_too_slow: ({ seconds }) =>
    say`Nach ${seconds} Sekunden habe ich aufgehört: Diese Datei zu prüfen dauert zu lange. Eine kleinere Kopie des Bildes lässt sich auf sein Wasserzeichen prüfen.`,
  marks_layer_unknown: ({ value }, { prefix }) =>
    say`Ein Kennzeichen ${code(value)} gibt es nicht: Schalten kannst du ${code('manifest')}, ${code('wasserzeichen')} und ${code('prompt')}, etwa ${code(`${prefix} kennzeichen wasserzeichen aus`)}.`,
  marks_value_missing: ({ layer }, { prefix }) =>
    say`An oder aus? Schreib ${code(`${prefix} kennzeichen ${typed[layer]} an`)} oder ${code(`${prefix} kennzeichen ${typed[layer]} aus`)}.`,
  marks_always_on: ({ layer }, { prefix }) =>
    say`${layer === 'caption' ? 'Die Bildunterschrift «KI-generiert»' : 'Der Vermerk in der Datei (XMP)'} bleibt an jedem Bild: Das Gesetz verlangt ein Kennzeichen, das Menschen oder Programme lesen können. Schalten kannst du ${code('manifest')}, ${code('wasserzeichen')} und ${code('prompt')}, etwa ${code(`${prefix} kennzeichen wasserzeichen aus`)}.`,
  marks_changed: ({ layer, on, trouble }) =>
    layer === 'prompt'
      ? on
        ? say`Ab dem nächsten Bild steht in den Dateien dieses Raums der Prompt, aus dem sie entstanden: Wer so eine Datei bekommt, kann ihn lesen.`
        : say`Ab dem nächsten Bild steht in den Dateien dieses Raums kein Prompt.`
      : on && trouble !== undefined
        ? say`Gemerkt, aber noch bekommen Bilder ${noLayer[layer]}: ${troubles[trouble]}. Wer den Bot betreibt, ${layer === 'watermark' ? say`erfährt mehr von ${code('blitzbild doctor')}` : trouble === 'no_key' ? say`legt ihn mit ${code('blitzbild keys init')} an` : say`erfährt mehr von ${code('blitzbild keys show')}`}.`
        : say`Ab dem nächsten Bild haben Bilder dieses Raums ${on ? theLayer[layer] : noLayer[layer]}; Bildunterschrift und Vermerk in der Datei bleiben.`,
  marks_reset: () => say`Dieser Raum hat wieder die Kennzeichen der Konfiguration.`,
};
