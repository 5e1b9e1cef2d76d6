import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileFingerprint } from './graph-identity.ts';

export type GraphCacheOptions = {
  readonly folder: string;
  /** All entries together. */
  readonly maxBytes: number;
  /** Smaller graphs are optimised anew at each load. */
  readonly leastBytes?: number | undefined;
};

export const NOTE_FILE = 'entry.json';

/** What an entry knows of itself. `source` is the graph that it was made of. */
export type EntryNote = { readonly source: string; readonly files: Readonly<Record<string, FileFingerprint>> };

/** What must stay free for everything else on the disk. */
const KEPT_FREE_BYTES = 2e9;
/** Entries that were used within this time are not removed for others: models in turn would only drive each other out. */
const IN_USE_MS = 24 * 3600 * 1000;
/** How long a graph whose writing ended the process is loaded without the cache. */
const REST_MS = 3600 * 1000;
/** Weights of 8 bits become four times as large, those of 16 twice. */
const LARGEST_8_BIT_MODEL_BYTES = 2e9;

type Entry = { readonly folder: string; readonly bytes: number; readonly usedMs: number; readonly source: string };

/**
 * Removes what is stale: drafts without a process, entries of an earlier state of `source` and of graphs that are gone, then those
 * unused for longest. False where there is still no room, on the disk or within `maxBytes`.
 */
export function makeRoom({ folder, maxBytes }: GraphCacheOptions, wanted: { readonly source: string; readonly bytes: number }): boolean {
  const kept: Entry[] = [];
  for (const entry of entriesIn(folder)) {
    if (entry.source === wanted.source || !existsSync(entry.source)) remove(entry.folder);
    else kept.push(entry);
  }
  const bytes = wanted.bytes * (wanted.bytes < LARGEST_8_BIT_MODEL_BYTES ? 4 : 2);
  const idle = kept.filter(({ usedMs }) => Date.now() - usedMs > IN_USE_MS).toSorted((a, b) => a.usedMs - b.usedMs);
  let usedBytes = kept.reduce((sum, entry) => sum + entry.bytes, 0);
  const fits = (): boolean => usedBytes + wanted.bytes <= maxBytes && freeBytes(folder) >= bytes + KEPT_FREE_BYTES;
  while (!fits()) {
    const oldest = idle.shift();
    if (!oldest) return false;
    remove(oldest.folder);
    usedBytes -= oldest.bytes;
  }
  return true;
}

function entriesIn(folder: string): Entry[] {
  const entries: Entry[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (/^[0-9a-f]{32}$/.test(name)) entries.push(entryAt(path));
  }
  return entries;
}

/** One that can't be read has no source, and so is stale. */
function entryAt(folder: string): Entry {
  try {
    const note = join(folder, NOTE_FILE);
    const { source, files } = JSON.parse(readFileSync(note, 'utf8')) as EntryNote;
    const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
    return { folder, bytes, usedMs: statSync(note).mtimeMs, source };
  } catch {
    return { folder, bytes: 0, usedMs: 0, source: '' };
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/**
 * Whether an earlier process ended while it wrote this entry, or could not finish it: too little memory or a full disk would end
 * the next one as well. Its draft becomes a mark that holds for an hour.
 */
export function wroteBefore(folder: string, key: string): boolean {
  for (const name of readdirSync(folder)) {
    const pid = /^draft-[0-9a-f]{32}-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) noteFailure(join(folder, name));
  }
  const mark = join(folder, `failed-${key}`);
  if (!existsSync(mark)) return false;
  if (Date.now() - statSync(mark).mtimeMs < REST_MS) return true;
  rmSync(mark, { force: true });
  return false;
}

/** Turns a draft into the mark of its failure. */
export function noteFailure(draft: string): void {
  rmSync(draft, { recursive: true, force: true });
  writeFileSync(draft.replace(/draft-([0-9a-f]{32})-[^/\\]*$/, 'failed-$1'), '');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // In use on Windows: the next one tries again.
  }
}
