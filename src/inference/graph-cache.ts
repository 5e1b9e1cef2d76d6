import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRoom, NOTE_FILE, noteFailure, wroteBefore, type EntryNote, type GraphCacheOptions } from './graph-cache-room.ts';
import { syncToDisk } from './graph-cache-disk.ts';
import { fingerprintOf, identifyGraph, type GraphIdentity } from './graph-identity.ts';

export type { GraphCacheOptions } from './graph-cache-room.ts';

/**
 * Measured: a graph of 21 MB loads in 0.13 s instead of 0.37 s, for a file of 81 MB; one of 3.4 GB in 2 s instead of 22 s.
 */
const LEAST_BYTES = 64 * 2 ** 20;

export const GRAPH_FILE = 'graph.onnx';
export const WEIGHTS_FILE = 'weights.bin';
/**
 * The place of one graph in the cache of optimised graphs; `undefined` where it is too small to pay. An entry is a folder named for
 * all that its content depends on: the graph and its weights, onnxruntime's version, the processor. It is written beside its place
 * and moved there when it is whole and on the disk, so a crash leaves no half entry.
 * @param runtime version of onnxruntime
 */
export function cachedGraph(path: string, options: GraphCacheOptions, runtime: string): CachedGraph | undefined {
  const identity = identifyGraph(path, runtime);
  return identity.bytes < (options.leastBytes ?? LEAST_BYTES) ? undefined : new CachedGraph(path, identity, options);
}

export class CachedGraph {
  readonly #source: string;
  readonly #identity: GraphIdentity;
  readonly #options: GraphCacheOptions;
  readonly #folder: string;

  constructor(source: string, identity: GraphIdentity, options: GraphCacheOptions) {
    this.#source = source;
    this.#identity = identity;
    this.#options = options;
    this.#folder = join(options.folder, identity.key);
  }

  /** The optimised graph, if it is there. */
  get path(): string {
    return join(this.#folder, GRAPH_FILE);
  }

  /** Whether the entry is there as it was written; one that is not is removed. Notes its use. */
  isWhole(): boolean {
    if (!existsSync(this.#folder)) return false;
    try {
      const { files } = JSON.parse(readFileSync(join(this.#folder, NOTE_FILE), 'utf8')) as EntryNote;
      const isSame = Object.entries(files).every(
        ([name, noted]) => JSON.stringify(fingerprintOf(join(this.#folder, name))) === JSON.stringify(noted),
      );
      if (isSame && files[GRAPH_FILE] !== undefined) {
        utimesSync(join(this.#folder, NOTE_FILE), new Date(), new Date());
        return true;
      }
    } catch {
      // Cut off, unreadable or of another form.
    }
    this.remove();
    return false;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Where a new entry is written; `undefined` where there is no room, or where writing it ended the process not long ago. */
  begin(): GraphDraft | undefined {
    const { folder } = this.#options;
    mkdirSync(folder, { recursive: true });
    if (wroteBefore(folder, this.#identity.key)) return undefined;
    if (!makeRoom(this.#options, { source: this.#source, bytes: this.#identity.bytes })) return undefined;
    const draft = join(folder, `draft-${this.#identity.key}-${process.pid}-${randomBytes(4).toString('hex')}`);
    mkdirSync(draft);
    return new GraphDraft(draft, this.#folder, this.#source, this.#options.maxBytes);
  }
}

/** An entry that is being written. */
export class GraphDraft {
  readonly #draft: string;
  readonly #place: string;
  readonly #source: string;
  readonly #maxBytes: number;

  constructor(draft: string, place: string, source: string, maxBytes: number) {
    this.#draft = draft;
    this.#place = place;
    this.#source = source;
    this.#maxBytes = maxBytes;
  }

  get path(): string {
    return join(this.#draft, GRAPH_FILE);
  }

  /** Puts the entry in its place. False where it turned out too large. Throws where the disk fails. */
  keep(): boolean {
    const names = [GRAPH_FILE, WEIGHTS_FILE].filter((name) => existsSync(join(this.#draft, name)));
    for (const name of names) syncToDisk(join(this.#draft, name));
    const files = Object.fromEntries(names.map((name) => [name, fingerprintOf(join(this.#draft, name))]));
    if (Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0) > this.#maxBytes) return false;
    const note = join(this.#draft, NOTE_FILE);
    writeFileSync(note, JSON.stringify({ source: this.#source, files } satisfies EntryNote));
    syncToDisk(note);
    syncToDisk(this.#draft);
    try {
      renameSync(this.#draft, this.#place);
    } catch (error) {
      // Another process was faster; its entry is as good.
      if (!existsSync(this.#place)) throw error;
      this.drop();
    }
    syncToDisk(join(this.#place, '..'));
    return true;
  }

  drop(): void {
    rmSync(this.#draft, { recursive: true, force: true });
  }

  /** As `drop`, and the next attempt waits. */
  fail(): void {
    noteFailure(this.#draft);
  }
}
