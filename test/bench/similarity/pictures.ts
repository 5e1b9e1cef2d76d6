/** Where the works and the strangers come from. */
import { opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pixels } from '#core/ports.ts';
import { decodePicture } from '#src/finish/decode.ts';
import { onPaper } from '#src/finish/raw-pixels.ts';
import { artwork } from './art.ts';
import { openDrawer } from './drawn.ts';

export type Picture = {
  readonly name: string;
  /** `art`: drawn by rules. `drawn`: by the embedded model, as for an ordinary prompt. `file`: of a folder. */
  readonly kind: 'art' | 'drawn' | 'file';
  readonly picture: Pixels;
};

export type Source = {
  /** Picture number `index`; the same every time, and another one than that of any other source. Rejects past the end of a folder. */
  readonly at: (index: number) => Promise<Picture>;
  readonly close: () => Promise<void>;
};

/** Art and drawings in turn. `part` of `parts`: sources of the same kind that share no picture. */
export const madeHere = async (part: number, parts: number): Promise<Source> => {
  const drawer = await openDrawer();
  return {
    at: async (index) => {
      const number = Math.floor(index / 2) * parts + part;
      return index % 2 === 0
        ? { name: `art ${number}`, kind: 'art', picture: await artwork(number) }
        : { name: `drawing ${number}`, kind: 'drawn', picture: await drawer.draw(number) };
    },
    close: drawer.close,
  };
};

const mostPixels = 30_000_000;

/** All pictures of a folder that can be read, in the order of their names. */
export const ofFolder = async (folder: string): Promise<Source & { readonly count: number }> => {
  const names: string[] = [];
  for await (const entry of await opendir(folder, { recursive: true }))
    if (entry.isFile() && /\.(png|jpe?g|webp|avif)$/i.test(entry.name)) names.push(join(entry.parentPath, entry.name));
  names.sort();
  return {
    count: names.length,
    at: async (index) => {
      const name = names[index];
      if (name === undefined) throw new RangeError(`${folder} has ${names.length} pictures; one more was asked for`);
      const decoded = await decodePicture(await readFile(name), { maxPixels: mostPixels });
      return { name, kind: 'file', picture: decoded.alpha === undefined ? decoded : await onPaper(decoded, decoded.alpha) };
    },
    close: async () => {},
  };
};
