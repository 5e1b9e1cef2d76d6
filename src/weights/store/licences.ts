/** `licences.json` in the data folder: which licences somebody accepted here, and when. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const file = 'licences.json';
const accepted = z.record(z.string(), z.object({ licence: z.string(), acceptedAt: z.string() }));

export type Acceptance = { readonly model: string; readonly licence: string };

/** Once for each model and licence: another licence is asked about again. */
export async function isAccepted(dataFolder: string, { model, licence }: Acceptance): Promise<boolean> {
  return (await readAll(dataFolder))[model]?.licence === licence;
}

/** @param now milliseconds since 1970 */
export async function rememberAcceptance(dataFolder: string, { model, licence }: Acceptance, now: number): Promise<void> {
  await mkdir(dataFolder, { recursive: true });
  const all = { ...(await readAll(dataFolder)), [model]: { licence, acceptedAt: new Date(now).toISOString() } };
  const path = join(dataFolder, file);
  await writeFile(`${path}.new`, `${JSON.stringify(all, null, 1)}\n`);
  await rename(`${path}.new`, path);
}

async function readAll(dataFolder: string): Promise<z.infer<typeof accepted>> {
  try {
    const read = accepted.safeParse(JSON.parse(await readFile(join(dataFolder, file), 'utf8')));
    return read.success ? read.data : {};
  } catch {
    return {};
  }
}
