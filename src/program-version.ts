import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of this program, such as `0.1.0`. */
export function programVersion(): string {
  const path = join(import.meta.dirname, '../package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version : 'unknown';
}
