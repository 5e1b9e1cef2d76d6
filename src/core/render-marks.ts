/** The marks of origin that pictures of a room carry. */
import { pickFor } from '#core/format.ts';
import type { MarkPolicy, Signing } from '#core/marks-port.ts';
import type { Voice } from '#core/message-codes.ts';
import { aiMark } from '#core/render-words.ts';
import { bold, code, paragraph, type RichText, type Span } from '#core/rich-text.ts';
import type { Language } from '#core/types.ts';

export type Marks = Voice & {
  readonly policy: MarkPolicy;
  readonly signing: Signing;
  /** Whether this bot has a key for watermarks. */
  readonly hasWatermark: boolean;
};

export function renderMarks({ policy, signing, hasWatermark, language, prefix }: Marks): RichText {
  const pick = pickFor(language);
  const always = pick('always', 'immer');
  const state = (on: boolean): string => (on ? pick('on', 'an') : pick('off', 'aus'));
  const line = (title: string, text: string): readonly Span[] => [bold(title), { text: `: ${text}` }];
  const watermark =
    policy.watermark && !hasWatermark
      ? pick('on, but its key can’t be used', 'an, aber der Schlüssel ist unbrauchbar')
      : state(policy.watermark);
  return [
    paragraph(pick('Pictures of this room carry:', 'Bilder dieses Raums tragen:')),
    {
      kind: 'list',
      items: [
        line(pick(`Caption «${aiMark(language)}»`, `Bildunterschrift «${aiMark(language)}»`), always),
        line(pick('Note in the file (XMP)', 'Vermerk in der Datei (XMP)'), always),
        line(pick('Signed manifest (C2PA)', 'Signiertes Manifest (C2PA)'), policy.manifest ? signingText(signing, language) : state(false)),
        line(pick('Invisible watermark', 'Unsichtbares Wasserzeichen'), watermark),
        line(pick('Prompt in the file', 'Prompt in der Datei'), state(policy.prompt)),
      ],
    },
    paragraph(
      pick('Admins change it: ', 'Admins ändern das: '),
      code(`${prefix} ${pick('marks watermark off', 'kennzeichen wasserzeichen aus')}`),
      '. ',
      code(`${prefix} ${pick('verify', 'echtheit')}`),
      pick(' says what a picture carries.', ' sagt, was ein Bild trägt.'),
    ),
  ];
}

function signingText(signing: Signing, language: Language): string {
  const pick = pickFor(language);
  switch (signing) {
    case 'ready':
      return pick('on', 'an');
    case 'no_key':
      return pick(
        'on, but there is no key yet, so pictures get none',
        'an, aber es gibt noch keinen Schlüssel, also bekommen Bilder keines',
      );
    case 'refused':
      return pick(
        'on, but the key can’t be used, so pictures get none',
        'an, aber der Schlüssel ist unbrauchbar, also bekommen Bilder keines',
      );
    case 'expired':
      return pick(
        'on, but the certificate is not valid today, so pictures get none',
        'an, aber das Zertifikat ist heute nicht gültig, also bekommen Bilder keines',
      );
  }
}
