import { limitNames, limitRow, type LimitName, type Limits } from '#core/limits.ts';
import type { Store } from '#core/store-port.ts';

const keyOf = (name: LimitName): string => `limit.${name}`;

/** The configuration's limits with what admins changed in chat. */
export function currentLimits({ store, limits }: { readonly store: Pick<Store, 'settings'>; readonly limits: Limits }): Limits {
  const changed = limitNames.flatMap((name) => {
    const text = limitRow(name).configurable ? store.settings.get(keyOf(name)) : undefined;
    return text === undefined ? [] : [[name, Number(text)] as const];
  });
  return { ...limits, ...Object.fromEntries(changed) };
}

/** `undefined` goes back to the configuration's. */
export function changeLimit(store: Pick<Store, 'settings'>, name: LimitName, value: number | undefined): void {
  store.settings.set(keyOf(name), value === undefined ? undefined : String(value));
}
