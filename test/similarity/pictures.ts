/** Pictures to compare: made by rules, the same in every run. */
import type { Pixels } from '#core/ports.ts';
import { artwork } from '../bench/similarity/art.ts';
import { chance } from '../bench/similarity/chance.ts';
import { transformations, type Strength } from '../bench/similarity/transformations.ts';

export { artwork };

export const edited = async (picture: Pixels, name: string, strength: Strength = 1): Promise<Pixels> => {
  const transformation = transformations.find((one) => one.name === name);
  if (transformation === undefined) throw new TypeError(`no transformation ${name}`);
  return transformation.apply(picture, strength, chance('test', name, strength));
};

export const plain = (value: number, widthPx = 200, heightPx = 120): Pixels => ({
  pixels: new Uint8Array(widthPx * heightPx * 3).fill(value),
  widthPx,
  heightPx,
});
