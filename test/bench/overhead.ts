import { eventId } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { quantile, type BenchRow } from './row.ts';
import type { WatchedChat } from './watched-chat.ts';

export const OVERHEAD_TARGET_MS = 150;

type Passed = { readonly command: string; readonly wholeMs: number };

/** Makes pictures one after another in an idle program; what each took as a whole. */
export async function singlePictures(chat: WatchedChat, pictures: number): Promise<readonly Passed[]> {
  const passed: Passed[] = [];
  for (let index = 0; index < pictures; index++) {
    const sent = await chat.say(`!img a fox on a blue background --seed ${index}`, 1);
    passed.push({ command: sent.id, wholeMs: (await chat.seen('picture', sent.id)) - sent.arrivedMs });
    await chat.seen('end', sent.id);
  }
  // The first one pays for what is compiled and opened once.
  return passed.slice(1);
}

/** What is left of those times without the engine's, as the program stored it. Call after the program has ended. */
export function overheadRows(storePath: string, { platform }: Pick<WatchedChat, 'platform'>, passed: readonly Passed[]): BenchRow[] {
  const store = new SqliteStore(storePath);
  try {
    const measured = passed.map(({ command, wholeMs }) => {
      const timings = store.jobs.ofCommand(platform, eventId(command))?.images[0]?.timings;
      if (timings === undefined) throw new Error('a picture is not in the store');
      const engineMs = timings.textMs + timings.denoiseMs + timings.decodeMs;
      return { overheadMs: wholeMs - engineMs, encodeMs: timings.encodeMs };
    });
    const overhead = measured.map(({ overheadMs }) => overheadMs);
    const note = `${passed.length} pictures, one at a time; PNG encoding, thumbnail and storing included`;
    return [
      { name: 'bot overhead per picture, median', value: quantile(overhead, 0.5), unit: 'ms', target: OVERHEAD_TARGET_MS, note },
      { name: 'bot overhead per picture, p95', value: quantile(overhead, 0.95), unit: 'ms', target: OVERHEAD_TARGET_MS },
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
