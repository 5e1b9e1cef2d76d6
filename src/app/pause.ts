import type { Store } from '#core/store-port.ts';

const KEY = 'queue.paused';

/** Whether an admin has stopped the queue; commands are taken all the same. */
export const isPaused = (store: Pick<Store, 'settings'>): boolean => store.settings.get(KEY) === '1';

export const setPaused = (store: Pick<Store, 'settings'>, paused: boolean): void => store.settings.set(KEY, paused ? '1' : undefined);
