/** What differs between two versions of a style, and which version an undo brings back. */
import type { StyleVersion } from '#core/team-store-ports.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { Style } from '#core/styles.ts';

/** The parts of a style that can differ; those of the last row a file of A1111 or Fooocus can't hold. */
export const styleFields = [
  ...(['prompt', 'negativePrompt'] as const),
  ...([
    'titleEn',
    'titleDe',
    'aliases',
    'smallPrompt',
    'filter',
    'needsLargerModel',
    'size',
    'steps',
    'guidance',
    'model',
    'enhance',
  ] as const),
] as const;
export type StyleField = (typeof styleFields)[number];

/** Values as they are typed, such as `1024x768`; absent where there is none. */
export type StyleChange = { readonly field: StyleField; readonly before?: string; readonly after?: string };

/** Empty where the two are the same; of a new style, everything that it has. */
export function styleChanges(before: Style | undefined, after: Style): readonly StyleChange[] {
  const [old, now] = [before === undefined ? {} : fieldsOf(before), fieldsOf(after)];
  return styleFields.flatMap((field) =>
    old[field] === now[field] ? [] : [{ field, ...part('before', old[field]), ...part('after', now[field]) }],
  );
}

const part = <Key extends 'before' | 'after'>(key: Key, value: string | undefined): { readonly [K in Key]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string };

export function fieldsOf({ title, aliases, prompt, negativePrompt, small, defaults }: Style): Partial<Record<StyleField, string>> {
  const { size, steps, guidance, model, enhance } = defaults;
  const values: Record<StyleField, string | number | undefined> = {
    prompt,
    negativePrompt: negativePrompt === '' ? undefined : negativePrompt,
    titleEn: title.en,
    titleDe: title.de,
    aliases: aliases.length === 0 ? undefined : aliases.join(', '),
    smallPrompt: small?.prompt,
    filter: small?.filter,
    needsLargerModel: small?.needsLargerModel === true ? 'true' : undefined,
    size: size && `${size.widthPx}x${size.heightPx}`,
    steps,
    guidance,
    model,
    enhance,
  };
  return Object.fromEntries(Object.entries(values).flatMap(([field, value]) => (value === undefined ? [] : [[field, String(value)]])));
}

/**
 * What `style undo` brings back: the version before the newest, or the one that is named. Undone twice, the newest is there again.
 * @param versions newest first
 */
export function versionToRestore(
  versions: readonly StyleVersion[],
  name: string,
  wanted?: number,
): Result<StyleVersion & { readonly style: Style }, Problem> {
  const [newest] = versions;
  if (newest === undefined) return refuse('style_unknown', { name });
  const found = wanted === undefined ? versions.slice(1).find(hasStyle) : versions.find(({ version }) => version === wanted);
  if (wanted !== undefined && found === undefined)
    return refuse('style_version_unknown', { name, version: wanted, newest: newest.version });
  if (found === undefined || !hasStyle(found) || found === newest) return refuse('style_undo_nothing', { name });
  return accept(found);
}

const hasStyle = (version: StyleVersion): version is StyleVersion & { readonly style: Style } => version.style !== undefined;
