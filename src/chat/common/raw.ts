/** Careful reading of what a server answered: everything in it is unknown until looked at. */

export type RawObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is RawObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object at `key`, or an empty one. */
export function objectAt(value: unknown, key: string): RawObject {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

export function textAt(value: unknown, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: unknown, key: string): number | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** The objects of the list at `key`; anything else in it is dropped. */
export function objectsAt(value: unknown, key: string): readonly RawObject[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function textsAt(value: unknown, key: string): readonly string[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found.filter((entry) => typeof entry === 'string') : [];
}

/** As JSON again; `undefined` for what is nested so deeply that nothing recursive survives it. */
export function jsonOf(value: RawObject): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
