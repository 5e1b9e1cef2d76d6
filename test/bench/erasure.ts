/**
 * How long it takes to forget somebody with 2,000 jobs among 8,000 of others, and how long anybody else has to wait meanwhile: store, files
 * and the real stages, without a chat server. Writes nothing but what it says.
 *   npm run bench:erasure [-- --jobs 2000 --others 8000]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Erasures } from '#src/app/personal-data/erasures.ts';
import { eventId, jobId, roomId, userId, type ImageKey } from '#core/types.ts';
import { FileImageStore } from '#src/store/images-files.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { image, request } from '../store/fixtures.ts';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '2000' }, others: { type: 'string', default: '8000' } } });
const folder = mkdtempSync(join(tmpdir(), 'blitzbild-erasure-'));
try {
  const path = join(folder, 'blitzbild.sqlite');
  const store = new SqliteStore(path);
  const images = await FileImageStore.open({ folder: join(folder, 'images'), maxBytes: 1e9 });
  const [own, others] = [Number(values.jobs), Number(values.others)];
  const every = Math.max(1, Math.round((own + others) / own));
  for (let at = 0; at < own + others; at++)
    await addJob(store, images, at, at % every === 0 ? '@ada:example.org' : `@other${at % 50}:example.org`);
  const person = { platform: 'matrix', user: userId('@ada:example.org') } as const;
  const jobs = store.personal.jobsOf(person).length;
  const before = statSync(path).size;
  // Files that were written a moment ago are left for some seconds, which is no part of the work.
  await new Promise((resolve) => setTimeout(resolve, 6000));

  const erasures = new Erasures({
    store,
    images,
    platforms: new Map([['matrix', { remove: async () => ({ message: 'gone' as const }) }]]),
    couriers: new Map(),
    runner: { cancel: () => {} },
    prefixes: [],
    log: { debug: () => {}, info: () => {}, warn: console.warn, error: console.error },
    now: Date.now,
  });
  let longestMs = 0;
  let lastMs = performance.now();
  const beat = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 1);
  const startedMs = performance.now();
  const { counts } = await erasures.forget(person);
  const tookMs = performance.now() - startedMs;
  await erasures.finished();
  clearInterval(beat);
  store.close();
  console.log(
    `${jobs} jobs of ${own + others} (database ${(before / 1e6).toFixed(1)} MB, afterwards ${(statSync(path).size / 1e6).toFixed(1)} MB), ${counts.files} files: ${(tookMs / 1000).toFixed(1)} s, longest wait of others ${Math.round(longestMs)} ms`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One picture, its thumbnail, and the messages of a job that is done. */
async function addJob(store: SqliteStore, images: FileImageStore, at: number, user: string): Promise<void> {
  const id = jobId(`j${at.toString(36).padStart(4, '0')}`);
  const [png, jpg]: ImageKey[] = [
    await images.put(Buffer.from(`picture ${at}`), 'png'),
    await images.put(Buffer.from(`thumbnail ${at}`), 'jpg'),
  ];
  const origin = {
    platform: 'matrix',
    roomId: roomId('!r:example.org'),
    eventId: eventId(`$c${at}`),
    threadId: eventId(`$c${at}`),
  } as const;
  store.transaction(() => {
    const prompt = `a red fox ${'with many words '.repeat(at % 30)}`;
    store.jobs.add({ id, request: request({ prompt, count: 1 }), origin, requestedBy: userId(user), language: 'en', queuedAtMs: at });
    const made = image(0);
    const stored = { ...made, key: png ?? made.key, thumbnail: { ...made.thumbnail, key: jpg ?? made.thumbnail.key } };
    store.jobs.finishPicture(id, stored, { provider: 'cpu', workMs: 1, startedAtMs: at });
    for (const part of ['ack', 'A1', 'end']) {
      const row = store.outbox.add(
        {
          transactionId: `${id}-${part}`,
          platform: 'matrix',
          roomId: origin.roomId,
          lane: 'now',
          jobId: id,
          content: { kind: 'text', text: [{ kind: 'paragraph', spans: [{ text: prompt }] }] },
        },
        at,
      );
      store.outbox.sent(row, eventId(`$b${at}${part}`));
    }
    store.jobs.end(id, 'done', at);
  });
}
