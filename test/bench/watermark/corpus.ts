/** The pictures that are marked, by kind; made one by one, as they are asked for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PictureRequest, Pixels } from '#core/ports.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { catalogueOf } from '#src/weights/catalogue.ts';
import { drawing, gradient, noise, texture } from '../../finish/watermark/pictures.ts';

export type Sample = { readonly kind: string; readonly name: string; readonly picture: Pixels };

/** How many there are of each kind. */
export type Counts = { readonly drawn: number; readonly enlarged: number; readonly made: number };

const sizes = [
  [256, 256],
  [512, 512],
  [1024, 1024],
  [1024, 512],
  [384, 768],
] as const;

export async function* corpus(counts: Counts): AsyncGenerator<Sample> {
  yield* ofTheModel(counts);
  for (let seed = 0; seed < counts.made; seed++) {
    const [width, height] = sizes[seed % sizes.length]!;
    const size = `${width}×${height}`;
    yield { kind: 'drawings', name: `drawing ${seed}, ${size}`, picture: drawing(seed, width, height) };
    yield { kind: 'textures', name: `texture ${seed}, ${size}`, picture: texture(seed, width, height) };
    yield { kind: 'gradients', name: `gradient ${seed}, ${size}`, picture: gradient(seed, width, height) };
    yield { kind: 'grain', name: `grain ${seed}, ${size}`, picture: noise(seed, width, height, 5 + 5 * (seed % 4)) };
  }
}

const models = join(import.meta.dirname, '../../../models');
const folder = join(models, 'embedded');

async function* ofTheModel({ drawn, enlarged }: Counts): AsyncGenerator<Sample> {
  if (!existsSync(join(folder, 'model_index.json'))) throw new Error('there is no embedded model in models/');
  const catalogue = await catalogueOf(folder, [models]);
  const model = catalogue.get(catalogue.active)!;
  const { upscalerFolder } = catalogue;
  const engine = new ChildProcessEngine({ folderOf: () => folder, environment: process.env, providers: ['cpu'], upscalerFolder });
  try {
    await engine.start(model.name);
    for (let seed = 0; seed < drawn + enlarged; seed++) {
      const quality = seed < drawn ? 'fast' : 'high';
      const prompt = model.examples.en[seed % model.examples.en.length] ?? '';
      const request: PictureRequest = { ...model[quality], model: model.name, prompt, negativePrompt: '', seed };
      const picture = await engine.generate(request, { signal: new AbortController().signal, onStep: () => {} });
      const kind = quality === 'fast' ? 'embedded model' : 'embedded model, enlarged';
      yield { kind, name: `${prompt}, seed ${seed}, ${picture.widthPx}×${picture.heightPx}`, picture };
    }
  } finally {
    await engine.close();
  }
}
