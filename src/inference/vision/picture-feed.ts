import { createFloatFeed, type FloatFeed, type TensorInfo } from '../tensor.ts';

/** How bytes become numbers: (byte / 255 − mean) / std of each channel. */
export type PictureNumbers = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly layout: 'nchw' | 'nhwc';
};

export const pictureDims = ({ widthPx, heightPx, layout }: PictureNumbers): readonly number[] =>
  layout === 'nchw' ? [1, 3, heightPx, widthPx] : [1, heightPx, widthPx, 3];

/** One picture, RGB [heightPx, widthPx, 3], as the graph wants it: [1, 3, heightPx, widthPx] or [1, heightPx, widthPx, 3]. */
export function createPictureFeed(info: TensorInfo, pixels: Uint8Array, numbers: PictureNumbers): FloatFeed {
  const feed = createFloatFeed(info, pictureDims(numbers));
  const { mean, std, layout } = numbers;
  const count = numbers.widthPx * numbers.heightPx;
  for (let channel = 0; channel < 3; channel++) {
    const [scale, shift] = [1 / (255 * std[channel]!), mean[channel]! / std[channel]!];
    for (let at = 0; at < count; at++)
      feed.values[layout === 'nchw' ? channel * count + at : at * 3 + channel] = pixels[at * 3 + channel]! * scale - shift;
  }
  return feed;
}
