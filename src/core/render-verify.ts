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
        line(
          pick('Prompt in the file', 'Prompt in der Datei'),
          report.hasParameters ? pick('the file tells how it was drawn', 'die Datei sagt, woraus sie entstand') : pick('none', 'keiner'),
        ),
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
        'Made here, changed since: this is not the file that I posted, it was encoded anew, made smaller or edited.',
        'Hier entstanden, seither verändert: Das ist nicht die Datei, die ich geschickt habe, sie wurde neu gespeichert, verkleinert oder bearbeitet.',
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
  if (xmp.state === 'absent') return pick('none', 'keiner');
  if (xmp.isAiGenerated) return pick('says «AI-generated»', 'sagt «KI-generiert»');
  const type = foreign(xmp.digitalSourceType.replace(/^.*\//u, ''));
  return pick(`says «${type}», which does not mean AI-generated`, `sagt «${type}», was nicht KI-generiert bedeutet`);
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
      return [
        by === 'ours'
          ? pick(
              `intact, signed with the key of this organisation${name}`,
              `unversehrt, signiert mit dem Schlüssel dieser Organisation${name}`,
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
    case 'unreadable':
      return pick(
        'not looked for: the picture can’t be decoded, moves or is too large',
        'nicht gesucht: Das Bild lässt sich nicht lesen, bewegt sich oder ist zu groß',
      );
    case 'ours': {
      const chance = chanceText(watermark.falseAlarmLog10, language);
      return pick(`ours, number ${watermark.payload} (${chance})`, `unseres, Nummer ${watermark.payload} (${chance})`);
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
