import { fieldsOf, styleFields, type StyleField } from '#core/style-changes.ts';
import { styleKey } from '#core/style-names.ts';
import type { NamedStyle } from '#core/styles.ts';

/** What the files of other programs hold: the name, which is the English title where the two are the same but for spelling. */
export const foreignName = ({ name, style }: NamedStyle): string => (styleKey(style.title.en) === styleKey(name) ? style.title.en : name);

const kept: readonly StyleField[] = ['prompt', 'negativePrompt'];

/** What of these styles a file with name, prompt and negative prompt has no place for. */
export function lostIn(styles: readonly NamedStyle[]): readonly StyleField[] {
  const fields = styles.map((named) => {
    const { titleEn, titleDe, ...rest } = fieldsOf(named.style);
    const isNameTitle = titleEn === foreignName(named);
    return { ...rest, ...(isNameTitle ? {} : { titleEn }), ...(isNameTitle && titleDe === titleEn ? {} : { titleDe }) };
  });
  return styleFields.filter((field) => !kept.includes(field) && fields.some((values) => field in values));
}
