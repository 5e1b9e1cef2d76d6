/** Stands in for the engine's child where the load is to lie on everything else: a picture of one colour after a fixed time. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseParentMessage, type ChildMessage } from '#src/engine/protocol.ts';

/** Slower than commands come, so that a queue grows and its order can be seen; nothing is computed meanwhile. */
const PICTURE_MS = 120;

const send = (message: ChildMessage): void => void process.send?.(message);

process.on('message', (received) => {
  const message = parseParentMessage(received);
  if (message?.kind === 'load') send({ kind: 'ready', id: message.id, loadMs: 1, warmUpMs: 1, weightsBytes: 1 });
  if (message?.kind !== 'generate') return;
  const { id, width, height, seed } = message;
  const timings = { textMs: 1, denoiseMs: PICTURE_MS - 2, decodeMs: 1, totalMs: PICTURE_MS, sessionRunMs: PICTURE_MS };
  void delay(PICTURE_MS).then(() =>
    send({ kind: 'result', id, width, height, pixels: new Uint8Array(width * height * 3).fill(seed % 251), seed, timings }),
  );
});
process.on('disconnect', () => process.exit(0));
