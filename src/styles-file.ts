import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigError, type Config } from '#src/config.ts';
import type { Limits } from '#core/limits.ts';
import { plain } from '#core/messages.ts';
import { problemLine } from '#core/render-style-change.ts';
import { planImport } from '#core/style-import.ts';
import type { NamedStyle } from '#core/styles.ts';
import { styleFiles } from '#src/styles/style-files.ts';

/**
 * The styles of the first of these folders that has a `styles.yaml`: the configured one, then the one that comes with the program.
 * @throws ConfigError with all mistakes at once: file, key and what is allowed
 */
export function readStylesFile(folders: readonly string[], limits: Pick<Limits, 'maxPromptChars'>): readonly NamedStyle[] {
  const path = folders.map((folder) => join(folder, 'styles.yaml')).find((file) => existsSync(file));
  if (path === undefined) return [];
  const read = styleFiles.read({ name: basename(path), bytes: readFileSync(path) }, limits);
  const { added, problems } = planImport(read, [], limits);
  if (problems.length > 0) {
    throw new ConfigError(problems.map((problem) => `styles.yaml: ${plain(problemLine(problem, { language: 'en', prefix: '!img' }))}`));
  }
  return added.map(({ name, style }) => ({ name, style }));
}

/** Those of this configuration. */
export const shippedStyles = ({ configFolder, limits }: Pick<Config, 'configFolder' | 'limits'>): readonly NamedStyle[] =>
  readStylesFile([configFolder, join(import.meta.dirname, '../config')], limits);
