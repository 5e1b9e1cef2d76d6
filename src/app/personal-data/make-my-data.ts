import { setImmediate } from 'node:timers/promises';
import { filesOfJob, filesOfRoomEvents, myDataDocument, type MyDataFile } from '#src/app/personal-data/my-data-document.ts';
import { AppError } from '#core/errors.ts';
import type { Person } from '#core/personal-data-port.ts';
import type { ImageStore, StoredFile, ZipEntry } from '#core/ports.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';

/** Most servers take files of 50 MB. */
const PART_BYTES = 40_000_000;
const MOST_BYTES = 1_000_000_000;
/** Read in one go, without holding others up. */
const JOBS_AT_ONCE = 50;

export type MyData = { readonly parts: readonly StoredFile[]; readonly jobs: number; readonly pictures: number; readonly missing: number };

type Parts = {
  readonly store: Store;
  readonly images: ImageStore;
  readonly zip: (files: AsyncIterable<ZipEntry>) => Promise<Uint8Array>;
  readonly now: () => number;
};

type Sized = MyDataFile & { readonly bytes: number };

/** Everything that is stored about a person, as JSON and with their pictures, in one archive or several. */
export async function makeMyData(parts: Parts, person: Person): Promise<Result<MyData, Problem>> {
  const { store, images, now } = parts;
  const jobs = await jobsOf(store, person);
  const records = store.personal.recordsOf(person);
  const named = [...jobs.flatMap(filesOfJob), ...filesOfRoomEvents(records.roomEvents)];
  const files = new Map(named.map((file) => [file.name, file]));
  const sized: Sized[] = [];
  const missing = new Set<string>();
  for (const file of files.values()) {
    if (file.isHeldBack === true) continue;
    const bytes = await sizeOf(images, file);
    if (bytes === undefined) missing.add(file.name);
    else sized.push({ ...file, bytes });
  }
  const sum = sized.reduce((total, { bytes }) => total + bytes, 0);
  if (sum > MOST_BYTES) return refuse('mydata_too_large', { megabytes: Math.ceil(sum / 1e6), limit: MOST_BYTES / 1e6 });
  const document = myDataDocument({ person, madeAtMs: now(), jobs, records, missing });
  const json: ZipEntry = { name: 'mydata.json', bytes: new TextEncoder().encode(JSON.stringify(document, undefined, 2)) };
  const groups = grouped(sized);
  const stored: StoredFile[] = [];
  for (const [index, group] of groups.entries()) {
    const bytes = await parts.zip(entriesOf(images, index === 0 ? [json] : [], group));
    const name = groups.length === 1 ? 'mydata.zip' : `mydata-${index + 1}-of-${groups.length}.zip`;
    stored.push({ key: await images.put(bytes, 'zip'), name, bytes: bytes.byteLength, mimeType: 'application/zip' });
  }
  const pictures = jobs.reduce((total, job) => total + job.images.length, 0);
  return accept({ parts: stored, jobs: jobs.length, pictures, missing: missing.size });
}

async function jobsOf(store: Store, person: Person): Promise<readonly JobRecord[]> {
  const jobs: JobRecord[] = [];
  for (const [index, id] of store.personal.jobsOf(person).entries()) {
    const job = store.jobs.get(id);
    if (job !== undefined) jobs.push(job);
    if (index % JOBS_AT_ONCE === JOBS_AT_ONCE - 1) await setImmediate();
  }
  return jobs;
}

/** `undefined` where it is no longer there. */
async function sizeOf(images: ImageStore, { key }: MyDataFile): Promise<number | undefined> {
  try {
    return (await images.read(key)).byteLength;
  } catch (error) {
    if (error instanceof AppError && error.code === 'picture_gone') return undefined;
    throw error;
  }
}

/** One group at least: the first holds the document. */
function grouped(files: readonly Sized[]): readonly (readonly Sized[])[] {
  const groups: Sized[][] = [[]];
  let sum = 0;
  for (const file of files) {
    if (sum > 0 && sum + file.bytes > PART_BYTES) {
      groups.push([]);
      sum = 0;
    }
    groups.at(-1)?.push(file);
    sum += file.bytes;
  }
  return groups;
}

async function* entriesOf(images: ImageStore, first: readonly ZipEntry[], files: readonly Sized[]): AsyncGenerator<ZipEntry> {
  yield* first;
  for (const { name, key } of files) yield { name, bytes: await images.read(key) };
}
