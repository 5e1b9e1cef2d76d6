/** Looks for marks in pictures that have none, and counts how many it found. */
import { workerData } from 'node:worker_threads';
import type { Pixels } from '#core/ports.ts';
import { createWatermark } from '#src/finish/watermark/watermark.ts';
import { drawing, gradient, jpeg, noise, texture } from '../../finish/watermark/pictures.ts';
import type { AlarmTask } from './alarms.ts';

const { from, step, count, alarms } = workerData as AlarmTask;

const makers: readonly ((seed: number, widthPx: number, heightPx: number) => Pixels)[] = [
  drawing,
  texture,
  gradient,
  (seed, widthPx, heightPx) => noise(seed, widthPx, heightPx, 2 + (seed % 50)),
];
const sizes = [
  [256, 256],
  [192, 192],
  [384, 216],
  [200, 300],
] as const;

for (let index = from; index < count; index += step) {
  const [width, height] = sizes[Math.floor(index / makers.length) % sizes.length]!;
  const picture = makers[index % makers.length]!(100_000 + index, width, height);
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, index);
  if ((await createWatermark(key).find(index % 2 === 0 ? picture : await jpeg(picture, 80))) !== undefined) Atomics.add(alarms, 0, 1);
}
