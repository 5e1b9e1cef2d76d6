/** Are the files of an installed model still what was downloaded? */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '#src/weights/store/content-hash.ts';
import { readReceipt, type Receipt } from '#src/weights/store/receipt.ts';

export type Difference = { readonly path: string; readonly what: 'missing' | 'size' | 'content' };

export type Verification = {
  /** Nothing where the folder was put there by hand: there is then nothing to compare with. */
  readonly receipt: Receipt | undefined;
  readonly differences: readonly Difference[];
  readonly bytes: number;
};

/**
 * Hashes every file that was pulled.
 * @param onBytes read so far
 */
export async function verifyModel(
  folder: string,
  { signal, onBytes }: { readonly signal?: AbortSignal; readonly onBytes?: (done: number, of: number) => void } = {},
): Promise<Verification> {
  const receipt = await readReceipt(folder);
  if (receipt === undefined) return { receipt, differences: [], bytes: 0 };
  const total = receipt.files.reduce((sum, { size }) => sum + size, 0);
  const differences: Difference[] = [];
  let bytes = 0;
  for (const { path, size, sha256 } of receipt.files) {
    signal?.throwIfAborted();
    const found = await stat(join(folder, path)).catch(() => undefined);
    if (found === undefined) differences.push({ path, what: 'missing' });
    else if (found.size !== size) differences.push({ path, what: 'size' });
    else if ((await sha256Of(join(folder, path), signal)) !== sha256) differences.push({ path, what: 'content' });
    bytes += size;
    onBytes?.(bytes, total);
  }
  return { receipt, differences, bytes };
}
