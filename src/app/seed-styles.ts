import type { StyleStore } from '#core/team-store-ports.ts';
import { styleChanges } from '#core/style-changes.ts';
import { checkNameFree } from '#core/style-names.ts';
import type { NamedStyle } from '#core/styles.ts';

/**
 * Puts the styles of the file into the store: new ones, and those that differ from what the file said before. What a person changed,
 * renamed or removed stays as it is, and so does a name or an alias that a person gave to another style.
 * @returns the names that were put there
 */
export function seedStyles(store: StyleStore, seeds: readonly NamedStyle[], nowMs: number): readonly string[] {
  const put: string[] = [];
  for (const { name, style } of seeds) {
    const [newest] = store.versions(name);
    if (newest?.changedBy !== undefined) continue;
    if (newest?.style !== undefined && styleChanges(newest.style, style).length === 0) continue;
    const others = store.list();
    if (newest === undefined && checkNameFree(name, others) !== undefined) continue;
    const aliases = style.aliases.filter((alias) => checkNameFree(alias, others, name) === undefined);
    if (newest?.style !== undefined && styleChanges(newest.style, { ...style, aliases }).length === 0) continue;
    store.put(name, { ...style, aliases }, undefined, nowMs);
    put.push(name);
  }
  return put;
}
