import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MarkPolicy } from '#core/marks-port.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import { openMarking, type OpenMarking } from '#src/marking.ts';
import { drawnPicture } from '../finish/pictures.ts';
import { testModel, World, type WorldOptions } from './world.ts';

export const everyLayer: MarkPolicy = { manifest: true, watermark: true, prompt: false };

/** Draws pictures that are large enough for a watermark. */
export const largeModel: ModelInfo = {
  ...testModel,
  name: 'large',
  sizes: { kind: 'fixed', list: [[256, 256]] },
  fast: { ...testModel.fast, widthPx: 256, heightPx: 256, steps: 1 },
};

export type KeyedWorld = AsyncDisposable & { readonly world: World; readonly marking: OpenMarking; readonly folder: string };

/** A bot with keys of an organisation, on the real layers; pictures differ by seed and prompt. */
export async function keyedWorld(marks: MarkPolicy = everyLayer, options: WorldOptions = {}): Promise<KeyedWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-keys-'));
  await makeOrganisationKeys({ folder: join(folder, 'keys'), organisation: 'Example Org', days: 30, nowMs: Date.now() });
  const marking = openMarking({ dataFolder: folder, marks }, { log: { warn: () => {} }, now: Date.now, program: 'Blitzbild 0.0.0' });
  const world = await World.open({}, [largeModel], {
    marking: marking.marking,
    finisher: marking.finisher,
    studio: marking.studio,
    ...options,
  });
  const generate = world.engine.generate.bind(world.engine);
  world.engine.generate = async (request, hooks) => {
    const made = await generate(request, hooks);
    const { pixels } = drawnPicture(made.widthPx, made.heightPx, 2 + (request.seed % 7));
    pixels.set([request.seed % 251, request.prompt.length % 251]);
    return { ...made, pixels };
  };
  return {
    world,
    marking,
    folder,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await marking[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
