/** A model from a hub into a folder of models: everything, or nothing that looks installed. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readModelFolder } from '#src/weights/model-folder.ts';
import { formatBytes } from '#src/weights/store/bytes.ts';
import { checkSpace, freeSpace, type FreeSpace } from '#src/weights/store/disk-space.ts';
import { downloadFile } from '#src/weights/store/download-file.ts';
import type { HubListing } from '#src/weights/store/hub-listing.ts';
import type { Asking } from '#src/weights/store/hub-request.ts';
import { takeLock } from '#src/weights/store/lock.ts';
import type { PlannedFile } from '#src/weights/store/pull-plan.ts';
import { exists, filesIn, openState, partOf, pullingFolder, sizeOf } from '#src/weights/store/pull-state.ts';
import { writeReceipt, type Receipt } from '#src/weights/store/receipt.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

const filesAtOnce = 3;

type JsonFiles = Readonly<Record<string, object>>;

export type Pull = {
  /** Absolute; the model becomes a folder in it. */
  readonly modelsFolder: string;
  readonly name: string;
  readonly repo: string;
  readonly revision: string;
  readonly listing: HubListing;
  readonly files: readonly PlannedFile[];
  readonly licence: string;
  readonly write: JsonFiles;
  readonly writeIfMissing: JsonFiles;
  /** Throws away what an earlier run left, and takes the newest commit. */
  readonly restart: boolean;
};

export type PullWatch = {
  readonly onPlan?: (plan: { readonly totalBytes: number; readonly haveBytes: number; readonly files: number }) => void;
  /** Bytes of the whole model that are here. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly onFile?: (path: string, done: number, of: number) => void;
  readonly free?: FreeSpace;
  readonly now?: () => number;
};

export type Pulled = { readonly folder: string; readonly receipt: Receipt; readonly fetchedBytes: number };

/**
 * Downloads into `.pulling/NAME`, and renames that to NAME when all of it is there and right.
 * @throws ModelStoreError; what was downloaded stays for the next run
 */
export async function pullModel(pull: Pull, asking: Asking, watch: PullWatch = {}): Promise<Pulled> {
  const { modelsFolder, name } = pull;
  const target = join(modelsFolder, name);
  const staging = join(modelsFolder, pullingFolder, name);
  await mkdir(join(modelsFolder, pullingFolder), { recursive: true });
  await using held = new AsyncDisposableStack();
  held.use(
    await takeLock(`${staging}.lock`, `${name} is being downloaded by another command right now. Wait for it, or stop that one first.`),
  );
  if (await exists(target))
    throw new ModelStoreError('installed', `${name} is installed already. «blitzbild models verify ${name}» checks its files.`);
  if (pull.restart) await rm(staging, { recursive: true, force: true });
  try {
    return await pullInto(staging, target, pull, asking, watch);
  } catch (error) {
    throw await told(error, staging, pull);
  }
}

async function pullInto(staging: string, target: string, pull: Pull, asking: Asking, watch: PullWatch): Promise<Pulled> {
  const [filesFolder, partsFolder] = [filesIn(staging), join(staging, 'parts')];
  await mkdir(filesFolder, { recursive: true });
  await mkdir(partsFolder, { recursive: true });
  const state = await openState(staging, { repo: pull.repo, commit: pull.listing.commit, files: pull.files });
  const totalBytes = pull.files.reduce((sum, { size }) => sum + size, 0);
  const missing = pull.files.filter((file) => state.done[file.to] === undefined);
  let doneBytes = pull.files.filter((file) => state.done[file.to] !== undefined).reduce((sum, { size }) => sum + size, 0);
  for (const file of missing) doneBytes += Math.min(file.size, await sizeOf(partOf(partsFolder, file)));
  watch.onPlan?.({ totalBytes, haveBytes: doneBytes, files: pull.files.length });
  await checkSpace(pull.modelsFolder, totalBytes - doneBytes, watch.free ?? freeSpace);

  let fetchedBytes = 0;
  const stopping = new AbortController();
  const signal = AbortSignal.any([asking.signal, stopping.signal]);
  const waiting = missing.toSorted((a, b) => b.size - a.size);
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const path = join(filesFolder, file.to);
      await mkdir(dirname(path), { recursive: true });
      const { from, size, expected } = file;
      const download = {
        repo: pull.repo,
        commit: pull.listing.commit,
        path: from,
        size,
        expected,
        part: partOf(partsFolder, file),
        target: path,
      };
      const sha256 = await downloadFile(download, { ...asking, signal }, (bytes) => {
        doneBytes += bytes;
        if (bytes > 0) fetchedBytes += bytes;
        watch.onProgress?.(doneBytes, totalBytes);
      });
      await state.finish(file.to, sha256);
      watch.onFile?.(file.to, Object.keys(state.done).length, pull.files.length);
    }
  };
  const workers = Array.from({ length: filesAtOnce }, () =>
    worker().catch((error: unknown) => {
      stopping.abort(error);
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  asking.signal.throwIfAborted();
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown);
  if (failed.length > 0) throw failed.find((reason) => reason instanceof ModelStoreError) ?? stopping.signal.reason;

  const receipt = await finish(filesFolder, pull, state.done, asking, watch.now ?? Date.now);
  // The names of the files are as durable as their content before the folder's own name says that all is there.
  const folders = new Set(receipt.files.map(({ path }) => dirname(join(filesFolder, path))));
  for (const folder of [...folders, filesFolder]) await syncFolder(folder);
  await rename(filesFolder, target);
  await syncFolder(pull.modelsFolder);
  await rm(staging, { recursive: true, force: true });
  return { folder: target, receipt, fetchedBytes };
}

/** Writes what the list adds, and looks whether the whole is a model; before it becomes one. */
async function finish(
  folder: string,
  pull: Pull,
  done: Readonly<Record<string, string>>,
  asking: Asking,
  now: () => number,
): Promise<Receipt> {
  const files: Receipt['files'] = pull.files.map(({ to, size, hashSource }) => ({
    path: to,
    size,
    sha256: done[to] ?? '',
    checkedBy: hashSource,
  }));
  const absent = Object.entries(pull.writeIfMissing).filter(([path]) => !pull.files.some(({ to }) => to === path));
  for (const [path, json] of [...absent, ...Object.entries(pull.write)]) {
    const text = `${JSON.stringify(json, null, 2)}\n`;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flush: true });
    const sha256 = createHash('sha256').update(text).digest('hex');
    const entry = { path, size: Buffer.byteLength(text), sha256, checkedBy: 'written' as const };
    const at = files.findIndex((file) => file.path === path);
    if (at >= 0) files[at] = entry;
    else files.push(entry);
  }
  await checkUsable(folder, pull);
  const { repo, revision, licence, listing } = pull;
  const receipt: Receipt = {
    hub: asking.hub.address,
    repo,
    revision,
    commit: listing.commit,
    pulledAt: new Date(now()).toISOString(),
    licence,
    files,
  };
  await writeReceipt(folder, receipt);
  return receipt;
}

async function checkUsable(folder: string, { repo, name }: Pull): Promise<void> {
  try {
    await readModelFolder(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    throw new ModelStoreError('unusable', `${repo} was downloaded whole and can't be used as ${name}: ${reason}. Nothing was installed.`, {
      cause: error,
    });
  }
}

/** A full disk and Ctrl-C, with what is kept. */
async function told(error: unknown, staging: string, { name, files }: Pull): Promise<unknown> {
  const { code } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const isStopped = error instanceof Error && error.name === 'AbortError';
  if (!isFull && !isStopped) return error;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let have = 0;
  for (const file of files)
    have += Math.max(await sizeOf(join(filesIn(staging), file.to)), await sizeOf(partOf(join(staging, 'parts'), file)));
  const kept = `${formatBytes(have)} of ${formatBytes(total)} are kept`;
  return isFull
    ? new ModelStoreError(
        'disk_full',
        `The disk is full. ${kept}: free ${formatBytes(total - have)} and run the same command, and ${name} goes on from there.`,
        { cause: error },
      )
    : new ModelStoreError('stopped', `Stopped. ${kept}: the same command goes on from there.`, { cause: error });
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there the rename itself is all there is.
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
