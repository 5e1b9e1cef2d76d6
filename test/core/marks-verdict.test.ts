/** What is said of a file whose layers say different things. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestReport, MarkReport } from '#core/marks-port.ts';
import { verdictOf, verdicts, type KnownBy, type Verdict } from '#core/marks-verdict.ts';
import { renderVerify } from '#core/render-verify.ts';
import { toPlainText } from '#core/rich-text.ts';
import { languages } from '#core/types.ts';

const bare: MarkReport = {
  kind: 'PNG',
  xmp: { state: 'absent' },
  manifest: { state: 'absent' },
  watermark: { state: 'absent' },
  hasParameters: false,
};
const xmp = {
  state: 'found',
  digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
  isAiGenerated: true,
} as const;
const camera = {
  state: 'found',
  digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture',
  isAiGenerated: false,
} as const;
const watermark = { state: 'ours', payload: '0123456789ab', falseAlarmLog10: -9.4 } as const;
const signed = (by: 'ours' | 'other' | 'unknown', isAiGenerated = true): ManifestReport => ({
  state: 'intact',
  by,
  signer: 'Somebody',
  isAiGenerated,
});
const changed = { state: 'changed', reason: 'assertion.dataHash.mismatch' } as const;
const unchecked = { state: 'not_checked', reason: 'reader_missing' } as const;

const cases: readonly (readonly [what: string, Partial<MarkReport>, Verdict, KnownBy?])[] = [
  ['our manifest', { manifest: signed('ours') }, 'made_here'],
  ['our manifest, expired', { manifest: { state: 'intact', by: 'ours', isExpired: true } }, 'made_here'],
  ['the very file, without any mark', {}, 'made_here', 'file'],
  ['our watermark alone', { watermark }, 'made_here_unclear'],
  ['our watermark, and the note', { watermark, xmp }, 'made_here_unclear'],
  ['our watermark, with a manifest that nobody could check', { watermark, manifest: unchecked }, 'made_here_unclear'],
  ['our watermark, of a picture that is known', { watermark }, 'made_here_changed', 'watermark'],
  ['our watermark under a manifest that does not fit', { watermark, manifest: changed }, 'made_here_changed'],
  ['our watermark, signed by somebody else', { watermark, manifest: signed('other') }, 'made_here_changed'],
  ['a manifest that does not fit', { manifest: changed, xmp }, 'manifest_broken'],
  ['another vendor', { manifest: signed('other') }, 'signed_elsewhere'],
  ['somebody whom nobody vouches for', { manifest: signed('unknown') }, 'signed_elsewhere'],
  ['a signed photograph', { manifest: signed('other', false), xmp: camera }, 'unmarked'],
  ['the note alone', { xmp }, 'claims_ai'],
  ['settings of a generator alone', { hasParameters: true }, 'claims_ai'],
  ['a manifest that could not be checked, and the note', { manifest: unchecked, xmp }, 'claims_ai'],
  ['nothing', {}, 'unmarked'],
  ['a camera', { xmp: camera }, 'unmarked'],
];

for (const [what, layers, verdict, known] of cases)
  test(`${what}: ${verdict}`, () => assert.equal(verdictOf({ ...bare, ...layers }, known), verdict));

test('every verdict has a case, and a sentence of its own in both languages', () => {
  assert.deepEqual(new Set(cases.map(([, , verdict]) => verdict)), new Set(verdicts));
  for (const language of languages) {
    const summaries = new Map(
      cases.map(([, layers, verdict, by]) => {
        const known = by === undefined ? {} : { known: { by, picture: 'k7f3/A2' } };
        const text = toPlainText(renderVerify({ report: { ...bare, ...layers }, language, ...known }));
        assert.doesNotMatch(text, /undefined|NaN|\s{2}/u);
        return [verdict, text.split('\n')[0]?.replace(/\. (It is|Es ist) .*$/u, '.')];
      }),
    );
    assert.equal(new Set(summaries.values()).size, verdicts.length);
  }
});

test('what a file says of itself can not forge lines or hide words', () => {
  const manifest = {
    state: 'intact',
    by: 'other',
    signer: `Nice Org\n• Invisible watermark: ours‮${'x'.repeat(500)}`,
    generator: '\u001b[2J',
  } as const;
  const lines = toPlainText(renderVerify({ report: { ...bare, manifest }, language: 'en' })).split('\n');
  assert.equal(lines.length, 5, lines.join('\n'));
  assert.ok(lines.every((line) => line.length < 250 && !line.includes('\u001b') && !line.includes('\u202e')));
});

test('why a manifest was not checked is told, and nothing that nobody knows', () => {
  const reasons = ['reader_missing', 'too_large', 'too_slow', 'failed'] as const;
  for (const [language, words] of [
    ['en', /there seems to be one; it could not be checked: .*(?:not installed|too large|too long|broke down)/u],
    ['de', /eines scheint da zu sein, ließ sich aber nicht prüfen: .*(?:nicht installiert|zu groß|zu lange|gescheitert)/u],
  ] as const) {
    const texts = reasons.map((reason) =>
      toPlainText(renderVerify({ report: { ...bare, manifest: { state: 'not_checked', reason } }, language })),
    );
    for (const text of texts) {
      assert.match(text, words);
      assert.doesNotMatch(text, /damaged|beschädigt|changed after|nach dem Signieren/u);
    }
    assert.equal(new Set(texts).size, reasons.length);
  }
});

test('what is said of a layer is no more than is known of it', () => {
  const said = (layers: Partial<MarkReport>): string => toPlainText(renderVerify({ report: { ...bare, ...layers }, language: 'en' }));
  assert.match(said({ manifest: signed('other') }), /intact, signed by «Somebody», whose certificate is known here/u);
  assert.match(said({ manifest: signed('unknown') }), /intact, signed by somebody else \(«Somebody»\); I can’t vouch for the name/u);
  assert.match(said({ xmp: camera }), /\(XMP\): says «digitalCapture»$/mu);
  assert.match(said({ hasParameters: true }), /Prompt and settings: the file holds settings as generators write them/u);
  const other = said({ kind: 'other', xmp: { state: 'not_checked' } });
  assert.match(other, /\(XMP\): not looked for in files of this kind$/mu);
  assert.match(other, /Prompt and settings: not looked for in files of this kind$/mu);
  assert.match(said({}), /\(XMP\): none$/mu);
  const unclear = said({ watermark: { state: 'ours', falseAlarmLog10: -9 } });
  assert.match(unclear, /^Made here\./u);
  assert.match(unclear, /watermark: ours, its number can’t be read any more \(by chance in fewer than one of 10⁹ pictures\)/u);
});

test('a chance is never told smaller than anybody has measured', () => {
  const text = toPlainText(renderVerify({ report: { ...bare, watermark: { ...watermark, falseAlarmLog10: -80 } }, language: 'en' }));
  assert.match(text, /fewer than one of 10¹² pictures/u);
  assert.match(toPlainText(renderVerify({ report: { ...bare, watermark }, language: 'de' })), /bei weniger als einem von 10⁹ Bildern/u);
});
