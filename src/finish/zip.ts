import { zipSync, type Zippable } from 'fflate';

/** The earliest date a ZIP can hold, in local time as it holds it: equal files give equal archives. */
const earliest = (): Date => new Date(1980, 0, 1);
/** Compressed already. */
const packed = /\.(png|jpe?g|zip)$/i;

/** Folders; and what no key of an object can be. */
const notNames = ['.', '..', '__proto__'];

/**
 * One archive of all files, in this order. Throws a `TypeError` where two have the same name, or where a name would leave the folder
 * it is unpacked into.
 */
export const zipFiles = (files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Uint8Array => {
  const entries: Zippable = {};
  const taken = new Set<string>();
  for (const { name, bytes } of files) {
    if (!/^[^/\\\p{Cc}:]+$/u.test(name) || notNames.includes(name)) throw new TypeError(`${JSON.stringify(name)} is not a file name`);
    // Windows and macOS would unpack the second over the first.
    if (taken.has(name.toLowerCase())) throw new TypeError(`two files are called ${name}`);
    taken.add(name.toLowerCase());
    entries[name] = [bytes, { level: packed.test(name) ? 0 : 6, mtime: earliest() }];
  }
  return zipSync(entries);
};
