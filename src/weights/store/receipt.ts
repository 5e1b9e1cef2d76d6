/** `.blitzbild-pull.json` in a pulled model's folder: where every file came from and what it must hash to. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Hidden, so that it is no part of the model's fingerprint. */
export const receiptFile = '.blitzbild-pull.json';

const receipt = z.object({
  hub: z.string(),
  repo: z.string(),
  revision: z.string(),
  commit: z.string(),
  pulledAt: z.string(),
  licence: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      size: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      /** `list`: pinned in config/models.json; `hub`: the hub's own metadata; `none`: only what came. `written`: by Blitzbild. */
      checkedBy: z.enum(['list', 'hub', 'none', 'written']),
    }),
  ),
});

export type Receipt = z.infer<typeof receipt>;

/** `undefined` where a folder was put there by hand. */
export async function readReceipt(folder: string): Promise<Receipt | undefined> {
  try {
    const read = receipt.safeParse(JSON.parse(await readFile(join(folder, receiptFile), 'utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

export const writeReceipt = (folder: string, content: Receipt): Promise<void> =>
  writeFile(join(folder, receiptFile), `${JSON.stringify(content, null, 1)}\n`, { flush: true });
