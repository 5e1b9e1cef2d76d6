import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultRow } from './row.ts';

/** Every row under `rows/`, by number: each file there exports one or several of them as `rows`. */
export async function faultRows(): Promise<readonly FaultRow[]> {
  const files = globSync('*.ts', { cwd: join(import.meta.dirname, 'rows') }).toSorted();
  const modules = await Promise.all(files.map(async (file) => (await import(`./rows/${file}`)) as { readonly rows: readonly FaultRow[] }));
  return modules.flatMap(({ rows }) => rows).toSorted((a, b) => a.number - b.number);
}
