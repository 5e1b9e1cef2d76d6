/** One file from a hub, in as many requests as it takes. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { GrowingHash, type ExpectedHash } from '#src/weights/store/content-hash.ts';
import { exists, sizeOf } from '#src/weights/store/pull-state.ts';
import { refusal } from '#src/weights/store/hub-listing.ts';
import { hubGet, unreachable, type Asking, type HubResponse } from '#src/weights/store/hub-request.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

export type Download = {
  readonly repo: string;
  /** 40 hexadecimal digits; a branch could move between two files. */
  readonly commit: string;
  readonly path: string;
  readonly size: number;
  /** Nothing where the hub says nothing; its size and the SHA-256 that comes out are then all there is. */
  readonly expected: ExpectedHash | undefined;
  /** Where the bytes gather, kept when the download is cut. */
  readonly part: string;
  /** Where the whole file goes, in one step. */
  readonly target: string;
};

export type Progress = (bytes: number) => void;

/**
 * Fetches the rest of a file, checks size and hash, and moves it to its place. What is there already is not fetched again; a body
 * that ends early is taken up where it ended.
 * @param onBytes called with what came from the network
 * @returns SHA-256 of the content
 * @throws ModelStoreError; `part` stays unless its content is wrong
 */
export async function downloadFile(download: Download, asking: Asking, onBytes: Progress): Promise<string> {
  const { part, target, expected, size, path } = download;
  const startedWith = await sizeOf(part);
  for (let fresh = startedWith === 0; ; fresh = true) {
    const growing = new GrowingHash(expected, size);
    await fetchRest(download, asking, onBytes, growing);
    const { sha256, found } = await growing.finish(part, asking.signal);
    if (expected === undefined || found === expected.hex) {
      await syncAndMove(part, target);
      return sha256;
    }
    await rm(part, { force: true });
    onBytes(-size);
    // An earlier run may have left bytes of something else; what came whole in this one is what the hub gives.
    if (fresh)
      throw new ModelStoreError(
        'wrong_hash',
        `${path} is not what it should be: its ${kindTitle[expected.kind]} is ${found.slice(0, 12)}…, not ${expected.hex.slice(0, 12)}…. It was deleted and nothing was installed; try again, and if it stays so, do not trust this hub or mirror.`,
      );
  }
}

/** Who is told of what came. */
type OnPiece = { readonly bytes: Progress; readonly growing: GrowingHash };

const kindTitle = { sha256: 'SHA-256', 'git-sha1': 'git hash' } as const;

async function fetchRest(download: Download, asking: Asking, onBytes: Progress, growing: GrowingHash): Promise<void> {
  const { part, size } = download;
  for (let failures = 0; ;) {
    const have = await sizeOf(part);
    if (have > size) {
      await rm(part);
      onBytes(-have);
      continue;
    }
    if (have === size && (size > 0 || (await exists(part)))) return;
    const before = have;
    const problem = await fetchOnce(download, have, asking, { bytes: onBytes, growing });
    if (problem === undefined) continue;
    // As long as bytes come, a line that breaks again and again gets there.
    failures = (await sizeOf(part)) > before ? 1 : failures + 1;
    if (failures >= asking.patience.tries) throw problem;
    await delay(asking.patience.waitMs * 2 ** (failures - 1), undefined, { signal: asking.signal });
  }
}

/** @returns what cut it, where trying again may help */
async function fetchOnce(download: Download, have: number, asking: Asking, onPiece: OnPiece): Promise<ModelStoreError | undefined> {
  const { repo, commit, path, part } = download;
  const address = `/${repo}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
  // Ranges count bytes of what is sent, so it must be sent as it is.
  const headers = { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) };
  const answer = await hubGet(address, headers, asking);
  const { response } = answer;
  try {
    checkAnswer(answer, download, have, asking);
  } catch (error) {
    await response.body?.cancel().catch(() => {});
    throw error;
  }
  if (response.status === 416) {
    await response.body?.cancel().catch(() => {});
    await rm(part, { force: true });
    onPiece.bytes(-have);
    return undefined;
  }
  // A server without ranges begins anew.
  const from = response.status === 206 ? have : 0;
  if (from < have) onPiece.bytes(from - have);
  const file = await open(part, from > 0 ? 'r+' : 'w');
  try {
    return await writeBody(response, file, from, download, asking, onPiece);
  } finally {
    await file.close();
  }
}

function checkAnswer({ response, head }: HubResponse, download: Download, have: number, asking: Asking): void {
  const { repo, commit, path, size, expected } = download;
  const { status, headers } = response;
  if (status === 416) return;
  if (status === 404)
    throw new ModelStoreError('not_found', `The hub lists ${path} and then does not have it. Try again later, or take another mirror.`);
  if (!response.ok) throw refusal(status, { repo, revision: commit }, asking);
  if (head.commit !== undefined && head.commit !== commit)
    throw new ModelStoreError(
      'hub_lies',
      `${repo} has moved on: the hub gives files of ${head.commit.slice(0, 8)} where ${commit.slice(0, 8)} was asked for, and files of two versions do not fit together. Run the command again with --restart.`,
    );
  if (head.linkedSize !== undefined && head.linkedSize !== size) throw wrongSize(path, size, head.linkedSize);
  // An LFS file's linked etag is its SHA-256: a wrong one is known before its gigabytes come.
  if (expected?.kind === 'sha256' && /^[0-9a-f]{64}$/.test(head.linkedEtag ?? '') && head.linkedEtag !== expected.hex)
    throw new ModelStoreError(
      'wrong_hash',
      `${path} is not what it should be: the hub gives one with the SHA-256 ${head.linkedEtag?.slice(0, 12)}…, not ${expected.hex.slice(0, 12)}…. Nothing was installed; do not trust this hub or mirror.`,
    );
  if (status === 206) {
    const range = /^bytes (?<from>\d+)-\d+\/(?<total>\d+|\*)$/.exec(headers.get('content-range') ?? '')?.groups;
    if (Number(range?.['from']) !== have)
      throw new ModelStoreError('hub_lies', `The hub sent another part of ${path} than the one that was asked for. Try again.`);
    if (range?.['total'] !== '*' && Number(range?.['total']) !== size) throw wrongSize(path, size, Number(range?.['total']));
  }
  // Of what was packed against our wish, the length is that of the package.
  const length = headers.get('content-encoding') === null ? headers.get('content-length') : null;
  const announced = length === null ? undefined : Number(length) + (status === 206 ? have : 0);
  if (announced !== undefined && announced !== size) {
    const isPage = /^text\/html/i.test(headers.get('content-type') ?? '');
    throw isPage
      ? new ModelStoreError(
          'hub_answer',
          `Instead of ${path} came a web page (a login page of the network, perhaps). Open ${asking.hub.address} in a browser once, and try again.`,
        )
      : wrongSize(path, size, announced);
  }
}

const wrongSize = (path: string, listed: number, given: number): ModelStoreError =>
  new ModelStoreError(
    'hub_lies',
    `The hub says that ${path} has ${listed} bytes and gives ${given}. Nothing was installed; try again later, or take another mirror.`,
  );

async function writeBody(
  response: Response,
  file: FileHandle,
  from: number,
  { path, size }: Download,
  { patience, signal, hub }: Asking,
  onPiece: OnPiece,
): Promise<ModelStoreError | undefined> {
  const reader = response.body?.getReader();
  let at = from;
  // A server that falls silent is left; what it still sends is fetched by the next request.
  const silence = setTimeout(() => void reader?.cancel().catch(() => {}), patience.pieceMs);
  try {
    for (;;) {
      // Rejects when `signal` is aborted: the request was made with it.
      const piece = await reader?.read();
      silence.refresh();
      if (piece === undefined || piece.done) break;
      if (at + piece.value.byteLength > size) {
        throw new ModelStoreError(
          'hub_lies',
          `The hub says that ${path} has ${size} bytes and gives more. Nothing was installed; try again later, or take another mirror.`,
        );
      }
      await writeAll(file, piece.value, at);
      onPiece.growing.add(piece.value, at);
      at += piece.value.byteLength;
      onPiece.bytes(piece.value.byteLength);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ModelStoreError || isOfDisk(error)) throw error;
    return unreachable(hub, error);
  } finally {
    clearTimeout(silence);
    await reader?.cancel().catch(() => {});
  }
  signal.throwIfAborted();
  return at === size
    ? undefined
    : new ModelStoreError(
        'unreachable',
        `The hub stops in the middle of ${path} again and again. Try again later; what was downloaded is kept.`,
      );
}

/** A disk takes less than it is given when it is nearly full. */
async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, at + done);
    done += bytesWritten;
  }
}

const isOfDisk = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG'].includes(String((error as NodeJS.ErrnoException).code));

async function syncAndMove(part: string, target: string): Promise<void> {
  const file = await open(part, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, target);
}
