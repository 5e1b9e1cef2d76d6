/** What was found in a file, layer by layer, below one sentence that says no more than that. */
import { pickFor } from '#core/format.ts';
import type { ManifestReport, MarkReport } from '#core/marks-port.ts';
import { verdictOf, type KnownBy } from '#core/marks-verdict.ts';
import { cleanText, clip } from '#core/prompt-text.ts';
import { bold, code, paragraph, type RichText, type Span } from '#core/rich-text.ts';
import type { Language } from '#core/types.ts';

export type Verified = {
  readonly report: MarkReport;
  /** A picture of this room that it is, such as `k7f3/A2`; a job's name for its sheet. */
  readonly known?: { readonly by: KnownBy; readonly picture: string } | undefined;
};

export function renderVerify({ report, known, language }: Verified & { readonly language: Language }): RichText {
  const pick = pickFor(language);
  const knownAs =
    known === undefined ? [] : [pick(' It is ', ' Es ist '), code(known.picture), pick(' of this room.', ' aus diesem Raum.')];
  const line = (title: string, text: string): readonly Span[] => [bold(title), { text: `: ${text}` }];
  return [
    paragraph(bold(summary(report, known?.by, language)), ...knownAs),
    {
      kind: 'list',
      items: [
        line(pick('Note in the file (XMP)', 'Vermerk in der Datei (XMP)'), xmpText(report.xmp, language)),
        line(pick('Signed manifest (C2PA)', 'Signiertes Manifest (C2PA)'), manifestText(report.manifest, language)),
        line(pick('Invisible watermark', 'Unsichtbares Wasserzeichen'), watermarkText(report.watermark, language)),
        line(pick('Prompt and settings', 'Prompt und Einstellungen'), wordsText(report, language)),
      ],
    },
  ];
}

function summary(report: MarkReport, known: KnownBy | undefined, language: Language): string {
  const pick = pickFor(language);
  switch (verdictOf(report, known)) {
    case 'made_here':
      return pick('Made here, unchanged since.', 'Hier entstanden und seither unverändert.');
    case 'made_here_changed':
      return pick(
        'Made here, but this is not the original file: it is a smaller copy, or was encoded anew or edited since.',
        'Hier entstanden, aber das ist nicht die Originaldatei: Es ist eine kleinere Kopie, oder sie wurde seither neu gespeichert oder bearbeitet.',
      );
    case 'made_here_unclear':
      return pick(
        'Made here. Whether it was changed since, nothing in this file tells.',
        'Hier entstanden. Ob es seither verändert wurde, verrät nichts in dieser Datei.',
      );
    case 'manifest_broken':
      return pick(
        'Its signature does not fit: the file was changed after it was signed, or the signature is forged. It proves nothing about who made it.',
        'Die Signatur passt nicht: Die Datei wurde nach dem Signieren verändert, oder die Signatur ist gefälscht. Wer das Bild gemacht hat, belegt sie nicht.',
      );
    case 'signed_elsewhere':
      return pick(
        'It says it is AI-generated, signed by somebody else.',
        'Es sagt, dass es KI-generiert ist, signiert von jemand anderem.',
      );
    case 'claims_ai':
      return pick(
        'It says it is AI-generated; nothing in it shows that it was made here.',
        'Es sagt, dass es KI-generiert ist; nichts darin zeigt, dass es hier entstanden ist.',
      );
    case 'unmarked':
      return pick(
        'No mark of AI found. That does not prove that it was not generated: marks get lost, and not every generator sets them.',
        'Kein KI-Kennzeichen gefunden. Das beweist nicht, dass es nicht generiert wurde: Kennzeichen gehen verloren, und nicht jeder Generator setzt sie.',
      );
  }
}

/** Names in foreign files are anybody's words. */
const foreign = (text: string): string => clip(cleanText(text), 60);

function xmpText(xmp: MarkReport['xmp'], language: Language): string {
  const pick = pickFor(language);
  if (xmp.state === 'not_checked') return notInThisKind(language);
  if (xmp.state === 'absent') return pick('none', 'keiner');
  if (xmp.isAiGenerated) return pick('says «AI-generated»', 'sagt «KI-generiert»');
  const type = foreign(xmp.digitalSourceType.replace(/^.*\//u, ''));
  return pick(`says «${type}»`, `sagt «${type}»`);
}

const notInThisKind = (language: Language): string =>
  pickFor(language)('not looked for in files of this kind', 'in Dateien dieser Art nicht gesucht');

function wordsText({ kind, hasParameters }: MarkReport, language: Language): string {
  const pick = pickFor(language);
  if (hasParameters)
    return pick('the file holds settings as generators write them', 'die Datei enthält Einstellungen, wie Generatoren sie schreiben');
  return kind === 'other' ? notInThisKind(language) : pick('none', 'keine');
}

function manifestText(manifest: ManifestReport, language: Language): string {
  const pick = pickFor(language);
  switch (manifest.state) {
    case 'absent':
      return pick('none', 'keines');
    case 'not_checked':
      return uncheckedText(manifest.reason, language);
    case 'changed': {
      const reason = foreign(manifest.reason);
      return pick(`does not fit the file (${reason})`, `passt nicht zur Datei (${reason})`);
    }
    case 'intact': {
      const { by, signer, generator, isAiGenerated, isExpired } = manifest;
      const name = signer === undefined ? '' : ` («${foreign(signer)}»)`;
      const somebody = signer === undefined ? pick('somebody', 'jemandem') : `«${foreign(signer)}»`;
      return [
        by === 'ours'
          ? pick(
              `intact, signed with the key of this organisation${name}`,
              `unversehrt, signiert mit dem Schlüssel dieser Organisation${name}`,
            )
          : by === 'other'
            ? pick(
                `intact, signed by ${somebody}, whose certificate is known here`,
                `unversehrt, signiert von ${somebody}, das Zertifikat dazu ist hier bekannt`,
              )
            : by === 'unclear'
              ? pick(
                  `intact, signed${name}; whether by this organisation I can’t tell, because our own certificates can’t be read`,
                  `unversehrt, signiert${name}; ob von dieser Organisation, weiß ich nicht, denn unsere eigenen Zertifikate sind unlesbar`,
                )
              : pick(
                  `intact, signed by somebody else${name}; I can’t vouch for the name`,
                  `unversehrt, signiert von jemand anderem${name}; für den Namen kann ich nicht bürgen`,
                ),
        ...(isAiGenerated === true ? [pick('says «AI-generated»', 'sagt «KI-generiert»')] : []),
        ...(generator === undefined ? [] : [pick(`made with ${foreign(generator)}`, `gemacht mit ${foreign(generator)}`)]),
        ...(isExpired === true ? [pick('the certificate has expired', 'das Zertifikat ist abgelaufen')] : []),
      ].join(', ');
    }
  }
}

function uncheckedText(reason: (ManifestReport & { state: 'not_checked' })['reason'], language: Language): string {
  const pick = pickFor(language);
  const why = {
    reader_missing: pick('its reader is not installed here', 'Der Leser dafür ist hier nicht installiert'),
    too_large: pick('it, or the file, is too large', 'Es selbst oder die Datei ist zu groß'),
    too_slow: pick('reading it takes too long', 'Es zu lesen dauert zu lange'),
    failed: pick('the reader broke down over it', 'Der Leser ist daran gescheitert'),
  }[reason];
  return pick(`there seems to be one; it could not be checked: ${why}`, `eines scheint da zu sein, ließ sich aber nicht prüfen: ${why}`);
}

function watermarkText(watermark: MarkReport['watermark'], language: Language): string {
  const pick = pickFor(language);
  switch (watermark.state) {
    case 'absent':
      return pick('none of ours', 'keines von uns');
    case 'no_key':
      return pick('not looked for: there is no key here', 'nicht gesucht: Hier gibt es keinen Schlüssel');
    case 'key_refused':
      return pick('not looked for: our key can’t be used', 'nicht gesucht: Unser Schlüssel ist unbrauchbar');
    case 'unreadable':
      return pick(
        'not looked for: the picture can’t be decoded, moves or is too large',
        'nicht gesucht: Das Bild lässt sich nicht lesen, bewegt sich oder ist zu groß',
      );
    case 'ours': {
      const chance = chanceText(watermark.falseAlarmLog10, language);
      return watermark.payload === undefined
        ? pick(`ours, its number can’t be read any more (${chance})`, `unseres, seine Nummer lässt sich nicht mehr lesen (${chance})`)
        : pick(`ours, number ${watermark.payload} (${chance})`, `unseres, Nummer ${watermark.payload} (${chance})`);
    }
  }
}

/** Nobody has measured what is less likely than that. */
const leastLog10 = -12;

function chanceText(log10: number, language: Language): string {
  const digits = String(Math.floor(-Math.max(log10, leastLog10))).replaceAll(/\d/gu, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? digit);
  return pickFor(language)(
    `by chance in fewer than one of 10${digits} pictures`,
    `durch Zufall bei weniger als einem von 10${digits} Bildern`,
  );
}
