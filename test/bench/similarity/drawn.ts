/** Pictures of the embedded model: what people get when they ask for something, in many things, styles and seeds. */
import { join } from 'node:path';
import type { Pixels } from '#core/ports.ts';
import type { Words } from '#core/model-info.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { catalogueOf } from '#src/weights/catalogue.ts';
import { chance, type Chance } from './chance.ts';

const models = join(import.meta.dirname, '../../../models');
const embedded = join(models, 'embedded');

export type Drawer = { readonly draw: (index: number) => Promise<Pixels>; readonly close: () => Promise<void> };

/** Draws number `index` of all there are, the same every time. Rejects where there is no embedded model. */
export const openDrawer = async (): Promise<Drawer> => {
  const catalogue = await catalogueOf(embedded, [models]);
  const model = catalogue.get(catalogue.active)!;
  const { things, backgrounds, styles, places } = model.vocabulary!;
  const engine = new ChildProcessEngine({ folderOf: () => embedded, environment: process.env, providers: ['cpu'] });
  const draw = async (index: number): Promise<Pixels> => {
    const luck = chance('drawn', index);
    const words = [wordOf(things, luck), ...[backgrounds, styles, places].flatMap((all) => (luck.next() < 0.6 ? [wordOf(all, luck)] : []))];
    const request = { ...model.fast, model: model.name, prompt: words.join(', '), negativePrompt: '', seed: luck.whole(0, 2 ** 31) };
    return engine.generate(request, { signal: new AbortController().signal, onStep: () => {} });
  };
  return { draw, close: async () => engine.close() };
};

const wordOf = (words: readonly Words[], luck: Chance): string => luck.oneOf(words).en[0] ?? '';
