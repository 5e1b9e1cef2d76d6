import type { ModelCatalogue } from '#core/ports.ts';
import type { Store } from '#core/store-port.ts';

const KEY = 'model.active';

type Context = { readonly store: Pick<Store, 'settings'>; readonly models: ModelCatalogue };

/** The model that draws where a command names none: the one an admin chose, while it is installed, else the configuration's. */
export function activeModel({ store, models }: Context): string {
  const chosen = store.settings.get(KEY);
  return chosen !== undefined && models.get(chosen) !== undefined ? chosen : models.active;
}

export const setActiveModel = (store: Pick<Store, 'settings'>, name: string): void => store.settings.set(KEY, name);
