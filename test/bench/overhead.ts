import { eventId } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { quantile, type BenchRow } from './row.ts';
import type { WatchedChat } from './watched-chat.ts';

export const OVERHEAD_TARGET_MS = 150;

/** From the command's being in the room until the picture's event was out, and until somebody else saw it. */
type Passed = { readonly command: string; readonly outMs: number; readonly seenMs: number };

/** Makes pictures one after another in an idle program; what each took as a whole. */
export async function singlePictures(chat: WatchedChat, pictures: number): Promise<readonly Passed[]> {
  const passed: Passed[] = [];
  for (let index = 0; index < pictures; index++) {
    const sent = await chat.say(`!img a fox on a blue background --seed ${index}`, 1);
    const seenMs = await chat.seen('picture', sent.id);
    const outMs = chat.pictureStampedMs?.(sent.id) ?? seenMs;
    passed.push({ command: sent.id, outMs: outMs - sent.arrivedMs, seenMs: seenMs - sent.arrivedMs });
    await chat.seen('end', sent.id);
  }
  // The first one pays for what is compiled and opened once.
  return passed.slice(1);
}

/** What is left of those times without the engine's, as the program stored it. Call after the program has ended. */
export function overheadRows(storePath: string, { platform }: Pick<WatchedChat, 'platform'>, passed: readonly Passed[]): BenchRow[] {
  const store = new SqliteStore(storePath);
  try {
    const measured = passed.map(({ command, outMs, seenMs }) => {
      const timings = store.jobs.ofCommand(platform, eventId(command))?.images[0]?.timings;
      if (timings === undefined) throw new Error('a picture is not in the store');
      const engineMs = timings.textMs + timings.denoiseMs + timings.decodeMs;
      return { overheadMs: outMs - engineMs, seenMs: seenMs - engineMs, encodeMs: timings.encodeMs };
    });
    const overhead = measured.map(({ overheadMs }) => overheadMs);
    const note = `${passed.length} pictures, one at a time: command in the room until picture event out, less the engine’s time; encoding, storing and uploads included`;
    const seen = measured.map(({ seenMs }) => seenMs);
    const isSeenLater = passed.some(({ outMs, seenMs }) => seenMs > outMs);
    return [
      { name: 'bot overhead per picture, median', value: quantile(overhead, 0.5), unit: 'ms', target: OVERHEAD_TARGET_MS, note },
      { name: 'bot overhead per picture, p95', value: quantile(overhead, 0.95), unit: 'ms', target: OVERHEAD_TARGET_MS },
      ...(isSeenLater ? [{ name: 'the same until another member sees the picture, median', value: quantile(seen, 0.5), unit: 'ms' }] : []),
      {
        name: 'of which encoding, median',
        value: quantile(
          measured.map(({ encodeMs }) => encodeMs),
          0.5,
        ),
        unit: 'ms',
      },
    ];
  } finally {
    store.close();
  }
}
