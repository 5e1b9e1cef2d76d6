import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Pixels } from '#core/ports.ts';

const payloadBytes = 6;
/** About 10 ms of hashing. */
const partBytes = 4 << 20;

/**
 * What a picture's watermark says: 48 bits that follow from its pixels before they are marked, and from the key, by HMAC-SHA-256. So the
 * same picture is always marked the same, and whoever has no key can't tell from a payload which picture it is of.
 */
export async function payloadOf(key: Uint8Array, { pixels, widthPx, heightPx }: Pixels): Promise<bigint> {
  const hash = createHmac('sha256', key).update(`payload ${widthPx}x${heightPx} `);
  for (let from = 0; from < pixels.length; from += partBytes) {
    if (from > 0) await setImmediate();
    hash.update(pixels.subarray(from, from + partBytes));
  }
  return BigInt(`0x${hash.digest('hex').slice(0, 2 * payloadBytes)}`);
}

/** As it is stored and shown. */
export const payloadText = (payload: bigint): string => payload.toString(16).padStart(2 * payloadBytes, '0');
