import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { InferenceError } from '../../src/inference/errors.ts';
import type { Graph } from '../../src/inference/graph.ts';
import { OnnxSession } from '../../src/inference/session.ts';
import { decodeLatents, vaeSettings } from '../../src/inference/vae-decoder.ts';
import { decodeInTiles, tileStarts } from '../../src/inference/vae-tiles.ts';
import { compare, fixturePath, readNpyFixture } from '../golden/fixtures.ts';

const decoder = await OnnxSession.open(join(fixturePath('models/sd-epsilon'), 'vae_decoder/model.onnx'), {
  provider: 'cpu',
  intraOpThreads: 1,
});
after(() => decoder.release());

const SCALE = 4;
const settings = vaeSettings({ scaling_factor: 0.18215 });
const golden = readNpyFixture('tiles/latents.npy');
const shape = [4, 20, 27] as const;
const size = { width: shape[2] * SCALE, height: shape[1] * SCALE };
const latents = golden.values as Float32Array;
const decode = (side?: number, graph: Graph = decoder): Promise<Uint8Array> => decodeLatents(graph, settings, latents, shape, size, side);

test('a picture in tiles is that of vae.enable_tiling()', async () => {
  const { maxDifference, equalShare } = compare(await decode(8), readNpyFixture('tiles/picture.npy').values);
  assert.ok(maxDifference <= 1 && equalShare >= 0.999, `${maxDifference} of 255, ${equalShare} equal`);
});

test('what a decoder takes follows from its configuration, on the CPU', () => {
  const kl = { block_out_channels: [128, 256, 512, 512] };
  assert.deepEqual(vaeSettings(kl, 'cpu').decoder, { channels: 128, hasAttention: true });
  assert.equal(vaeSettings(kl, 'cuda').decoder, undefined);
  assert.equal(vaeSettings({}, 'cpu').decoder, undefined);
  const tiny = { _class_name: 'AutoencoderTiny', block_out_channels: [64, 64] };
  assert.deepEqual(vaeSettings(tiny, 'cpu').decoder, { channels: 64, hasAttention: false });
});

test('tiles are no larger than they must be: one that holds all is one run', async () => {
  assert.deepEqual(await decode(27), await decode());
  assert.notDeepEqual(await decode(8), await decode());
});

test('borders of tiles are as smooth as everything else', async () => {
  const picture = await decode(8);
  const stepAt = (column: number): number => {
    let sum = 0;
    for (let y = 0; y < size.height; y++)
      for (let c = 0; c < 3; c++) {
        const at = (y * size.width + column) * 3 + c;
        sum += Math.abs(picture[at]! - picture[at - 3]!);
      }
    return sum / size.height / 3;
  };
  const steps = Array.from({ length: size.width - 1 }, (_, i) => stepAt(i + 1));
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  const borders = tileStarts(shape[2], 8)
    .slice(1)
    .map((start) => start * SCALE);
  assert.ok(borders.length >= 3);
  const atBorders = borders.reduce((sum, border) => sum + stepAt(border), 0) / borders.length;
  assert.ok(atBorders <= 1.25 * mean, `${atBorders} at borders, ${mean} in the mean`);
});

test('a decoder that looks at one place only gives the same in tiles, whatever their size', async () => {
  const enlarge = (values: Float32Array, height: number, width: number): Float32Array => {
    const planes = new Float32Array(3 * height * width * 4);
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < 2 * height; y++)
        for (let x = 0; x < 2 * width; x++)
          planes[(c * 2 * height + y) * 2 * width + x] = values[(c * height + (y >> 1)) * width + (x >> 1)]!;
    return planes;
  };
  for (const [height, width, side] of [
    [9, 16, 4],
    [16, 5, 8],
    [33, 40, 16],
    [8, 8, 4],
    [7, 12, 12],
    [64, 65, 32],
  ] as const) {
    const values = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i));
    const made = await decodeInTiles(values, [3, height, width], { side, scale: 2 }, async (cut, tile) => {
      assert.ok(tile.height <= side && tile.width <= side);
      return enlarge(cut, tile.height, tile.width);
    });
    const { maxDifference } = compare(made, enlarge(values, height, width));
    assert.ok(maxDifference < 1e-6, `${height}×${width} in tiles of ${side}: ${maxDifference}`);
  }
});

/** The decoder on a machine where more than `most` latents at once are too many. */
function small(most: number): Graph & { readonly sizes: number[] } {
  const sizes: number[] = [];
  return {
    label: decoder.label,
    inputs: decoder.inputs,
    outputs: decoder.outputs,
    sizes,
    run: async (feeds) => {
      const [, , height = 0, width = 0] = feeds['latent_sample']!.dims;
      sizes.push(height * width);
      if (height * width > most) throw new InferenceError('out_of_memory', 'There was not enough memory.');
      return decoder.run(feeds);
    },
  };
}

test('after a run that found too little memory it goes on in tiles, and begins with them the next time', async () => {
  const graph = small(400);
  const picture = await decode(undefined, graph);
  assert.deepEqual(picture, await decode(16));
  assert.equal(graph.sizes[0], 540);
  const before = graph.sizes.length;
  assert.deepEqual(await decode(undefined, graph), picture);
  assert.ok(graph.sizes.slice(before).every((places) => places <= 256));
});

test('where not even the smallest tile fits, it is said', async () => {
  await assert.rejects(decode(undefined, small(10)), { code: 'out_of_memory' });
});

test('another failure is no reason for tiles', async () => {
  const failing = { ...small(1e9), run: () => Promise.reject(new InferenceError('nan', 'NaN')) };
  await assert.rejects(decode(undefined, failing), { code: 'nan' });
});
