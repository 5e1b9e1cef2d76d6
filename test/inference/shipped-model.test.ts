/** The embedded model, as far as pictures are its beginning. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadPipeline, type GenerateRequest, type TextToImagePipeline } from '../../src/inference/pipeline.ts';
import { NoiseGenerator } from '../../src/inference/random.ts';
import { OnnxSession } from '../../src/inference/session.ts';
import { encodePixels } from '../../src/inference/vae-encoder.ts';

const shipped = join(import.meta.dirname, '../../models/embedded');
const encoder = join(shipped, 'vae_encoder/model.onnx');
const skip = !existsSync(encoder) && 'there is no embedded model in models/';
const CPU = { provider: 'cpu', intraOpThreads: 2 } as const;

test('its encoder averages 4×4 pixels and moves 2×2 of them into channels, times 1.5', { skip }, async () => {
  const pixels = Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => (i * 2654435761) >>> 24);
  const session = await OnnxSession.open(encoder, CPU);
  const settings = { scalingFactor: 1, shiftFactor: 0 };
  const latents = await encodePixels(session, settings, { pixels, width: 256, height: 256 }, [12, 32, 32], new NoiseGenerator(0));
  await session.release();
  const meanAt = (channel: number, x: number, y: number): number => {
    let sum = 0;
    for (let dy = 0; dy < 4; dy++) for (let dx = 0; dx < 4; dx++) sum += pixels[((4 * y + dy) * 256 + 4 * x + dx) * 3 + channel]!;
    return (sum / 16 / 255) * 2 - 1;
  };
  for (const [i, latent] of latents.entries()) {
    const [channel, row, column] = [Math.floor(i / 1024), Math.floor((i % 1024) / 32), i % 32];
    const expected = 1.5 * meanAt(Math.floor(channel / 4), 2 * column + (channel % 2), 2 * row + (Math.floor(channel / 2) % 2));
    assert.ok(Math.abs(latent - expected) < 1e-5, `latent ${i}: ${latent} instead of ${expected}`);
  }
});

describe('a picture of it that is varied', { skip }, () => {
  const fox: GenerateRequest = { prompt: 'a fox in the snow', width: 256, height: 256, steps: 6, guidanceScale: 1.5, seed: 21 };
  let pipeline: TextToImagePipeline;
  let source: Uint8Array;
  before(async () => {
    pipeline = await loadPipeline(shipped, CPU);
    source = (await pipeline.generate(fox)).pixels;
  });
  after(() => pipeline.release());

  /** Mean difference from the source, of 255. */
  const differenceOf = async (strength: number, change: Partial<GenerateRequest> = {}): Promise<number> => {
    const { pixels } = await pipeline.generate({ ...fox, seed: 121, ...change, init: { pixels: source, strength } });
    return pixels.reduce((sum, value, i) => sum + Math.abs(value - source[i]!), 0) / pixels.length;
  };

  test('moves away from it the further, the stronger', async () => {
    const differences = [await differenceOf(0.2), await differenceOf(0.4), await differenceOf(0.7), await differenceOf(1)];
    const text = differences.map((difference) => difference.toFixed(1)).join(' ');
    assert.deepEqual(
      differences,
      differences.toSorted((a, b) => a - b),
      text,
    );
    assert.ok(differences[0]! < 20 && differences[2]! > 15, text);
  });

  test('stays where it is with the seed it was made from, whose noise chose place and size', async () => {
    const [same, other] = [await differenceOf(0.7, { seed: fox.seed }), await differenceOf(0.7)];
    assert.ok(same < 5 && same < other / 3, `${same.toFixed(1)} and ${other.toFixed(1)}`);
  });
});
