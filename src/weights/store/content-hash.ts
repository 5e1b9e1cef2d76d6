/** What a hub says that a file's content hashes to. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** `git-sha1` is that of a git blob: of `blob SIZE\0` and the content. Source: Pro Git, «Git Objects». */
export type HashKind = 'sha256' | 'git-sha1';
export type ExpectedHash = { readonly kind: HashKind; readonly hex: string };

/** @param size of the content, in bytes; a git blob's hash begins with it */
export function startHash(kind: HashKind, size: number): Hash {
  return kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

/** Reads the first `bytes` of a file into `hashes`. */
export async function feedFile(path: string, hashes: readonly Hash[], bytes = Infinity, signal?: AbortSignal): Promise<void> {
  if (bytes === 0) return;
  const stream = createReadStream(path, { highWaterMark: 1 << 20, ...(bytes === Infinity ? {} : { end: bytes - 1 }) });
  for await (const piece of stream) {
    signal?.throwIfAborted();
    for (const hash of hashes) hash.update(piece as Buffer);
  }
}

/** SHA-256 of a file, as 64 hexadecimal digits. */
export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await feedFile(path, [hash], Infinity, signal);
  return hash.digest('hex');
}
