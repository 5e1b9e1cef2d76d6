import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BackupError } from '#src/backup/backup-error.ts';
import { cryptoFile, cryptoKeyFile, mainFile, manifestFile, markKeys, referencesFile } from '#src/backup/layout.ts';

/** 2: with keys for marks of origin. */
const FORMAT = 2;

const schema = z.strictObject({
  format: z.int().min(1).max(FORMAT),
  madeAt: z.iso.datetime(),
  /** Of the main database. */
  schema: z.int().min(0),
  files: z.array(
    z.strictObject({
      // Nothing else is ever read or written.
      path: z.literal([mainFile, cryptoFile, cryptoKeyFile, referencesFile, ...markKeys.flat()]),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  /** How many there are; absent where they were not asked for. */
  pictures: z.int().min(0).optional(),
});

/** What a backup holds, in `backup.json`; pictures are named by the hash of their content and not listed. */
export type Manifest = z.infer<typeof schema>;

/** @returns the list, and its text */
export function listOf(found: Omit<Manifest, 'format'>): { readonly manifest: Manifest; readonly text: string } {
  const manifest = { format: FORMAT, ...found };
  return { manifest, text: `${JSON.stringify(manifest, undefined, 2)}\n` };
}

/**
 * Reads the list of a backup and holds its files against it.
 * @throws BackupError with the first thing that is wrong
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestFile), 'utf8').catch(() => {
    throw new BackupError(`${folder} is no backup: it has no ${manifestFile}; name a folder that «blitzbild backup» has made.`);
  });
  const manifest = parse(folder, text);
  for (const { path, bytes, sha256 } of manifest.files) {
    const file = join(folder, path);
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) throw new BackupError(`the backup ${folder} lacks ${path}: take another one.`);
    if (size !== bytes || (await hashOfFile(file)) !== sha256)
      throw new BackupError(`${path} of the backup ${folder} is not as it was when the backup was made: take another one.`);
  }
  return manifest;
}

function parse(folder: string, text: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new BackupError(`${manifestFile} of the backup ${folder} can't be read: take another one.`);
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > FORMAT)
    throw new BackupError(`the backup ${folder} was made by a newer Blitzbild: update this one first.`);
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new BackupError(`${manifestFile} of the backup ${folder} is not in its form: take another one.`);
  return parsed.data;
}

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
