/** What a picture is compared by: of a work that goes into the library, and of a picture that is looked for. */
import type { PictureEmbedder } from '#core/similarity-port.ts';
import type { Pixels } from '#core/ports.ts';
import { luminanceGrid } from './luminance-grid.ts';
import { hashOf, hashWords, symmetricHashesOf, type PerceptualHash } from './perceptual-hash.ts';
import { partOf, withoutFrame } from './picture-parts.ts';
import { integralOf, spectrumOf } from './spectrum.ts';
import { wholeWindow, windows, type Window } from './windows.ts';

/** Raised whenever equal pictures get other hashes than before: those of another form are not compared, and `reindex` makes them anew. */
export const hashForm = 1;

/** Hashes of the whole work and of its windows, [windows, 8 words]. */
export const referenceHashes = async (work: Pixels): Promise<Uint8Array> => {
  const integral = integralOf(await luminanceGrid(work));
  const words = new Uint32Array(windows.length * hashWords);
  windows.forEach((window, at) => words.set(hashOf(spectrumOf(integral, window)).bits, at * hashWords));
  return new Uint8Array(words.buffer);
};

/** What is looked for: the picture, and what its frame surrounds. */
export const queryViews = async (picture: Pixels): Promise<readonly Pixels[]> => {
  const frame = await withoutFrame(picture);
  return frame === undefined ? [picture] : [picture, partOf(picture, frame)];
};

/** Of each view, in all eight symmetries. */
export const queryHashes = async (views: readonly Pixels[]): Promise<readonly PerceptualHash[]> => {
  const hashes: PerceptualHash[] = [];
  for (const view of views) hashes.push(...symmetricHashesOf(spectrumOf(integralOf(await luminanceGrid(view)), wholeWindow)));
  return hashes;
};

/** The whole, its middle and its corners: what is cut out of a work is near one of them. */
const embeddedParts: readonly Window[] = [
  wholeWindow,
  ...[
    [0.125, 0.125],
    [0, 0],
    [0.25, 0],
    [0, 0.25],
    [0.25, 0.25],
  ].map(([left = 0, top = 0]) => ({ left, top, width: 0.75, height: 0.75 })),
];

/** [parts, dimensions] */
export const referenceVectors = async (work: Pixels, embedder: PictureEmbedder, signal?: AbortSignal): Promise<Float32Array> => {
  const values = new Float32Array(embeddedParts.length * embedder.dimensions);
  for (const [at, part] of embeddedParts.entries())
    values.set(await embedder.embed(part === wholeWindow ? work : partOf(work, part), signal), at * embedder.dimensions);
  return values;
};

export const queryVectors = async (
  views: readonly Pixels[],
  embedder: PictureEmbedder,
  signal?: AbortSignal,
): Promise<readonly Float32Array[]> => {
  const vectors: Float32Array[] = [];
  for (const view of views) vectors.push(await embedder.embed(view, signal));
  return vectors;
};
