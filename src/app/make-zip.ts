import { cellOf } from '#core/batch.ts';
import type { HandlerContext } from '#src/app/handler-context.ts';
import type { StoredFile, ZipEntry } from '#core/ports.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { JobRecord } from '#core/job-store-port.ts';

/** The archive is in memory twice while it is stored. */
const MOST_ZIP_BYTES = 500_000_000;

/** All finished pictures of a job that may be seen in one file, named by their cells. Rejects with `picture_gone`. */
export async function makeZip(
  { images, zip }: Pick<HandlerContext, 'images' | 'zip'>,
  { id, request, images: made }: JobRecord,
): Promise<Result<StoredFile, Problem>> {
  const shown = made.filter(({ heldBack }) => heldBack === undefined);
  const sum = shown.reduce((total, image) => total + image.bytes, 0);
  if (sum > MOST_ZIP_BYTES)
    return refuse('zip_too_large', { job: id, megabytes: Math.ceil(sum / 1e6), limit: MOST_ZIP_BYTES / 1e6, pictures: shown.length });
  async function* files(): AsyncGenerator<ZipEntry> {
    for (const { key, index } of shown) yield { name: `${id}-${cellOf(request, index)}.png`, bytes: await images.read(key) };
  }
  const bytes = await zip(files());
  return accept({ key: await images.put(bytes, 'zip'), name: `${id}.zip`, bytes: bytes.byteLength, mimeType: 'application/zip' });
}
