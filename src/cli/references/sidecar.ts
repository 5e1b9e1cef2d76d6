/** What is known about a work beside its pixels: a file beside it, or a row of `references.csv` in its folder or one above. */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import type { Work } from '#core/similarity-port.ts';

export type About = Partial<Omit<Work, 'id'>>;

/** The file can't be read as what it is; `message` says what to do, for one line. */
export class SidecarError extends Error {
  override readonly name = 'SidecarError';
}

const tableName = 'references.csv';
const endings = ['.yaml', '.yml', '.json'] as const;
const mostBytes = 20_000_000;
const mostChars = 200;

/** Known by their names alone: none of them is ever taken for a work. */
export const isSidecar = (name: string): boolean => name === tableName || endings.some((ending) => name.toLowerCase().endsWith(ending));

/** No folder of that name, and no pipe, which would never end. */
const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Reads each table once. */
export class Sidecars {
  readonly #tables = new Map<string, ReadonlyMap<string, About>>();

  /**
   * What stands beside the file itself wins over the table nearest to it.
   * @param top no table above this folder is looked for
   * @throws SidecarError
   */
  of(path: string, top: string): About {
    const own = [path, path.slice(0, -extname(path).length)].flatMap((stem) => endings.map((ending) => stem + ending)).find(isFile);
    return { ...this.#inTables(path, top), ...(own === undefined ? {} : readOwn(own)) };
  }

  #inTables(path: string, top: string): About {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const row = this.#table(join(folder, tableName)).get(relative(folder, path).replaceAll('\\', '/'));
      if (row !== undefined) return row;
      if (folder === top || folder === dirname(folder)) return {};
    }
  }

  #table(file: string): ReadonlyMap<string, About> {
    let table = this.#tables.get(file);
    if (table === undefined) this.#tables.set(file, (table = isFile(file) ? readTable(file) : new Map()));
    return table;
  }
}

const readTable = (file: string): ReadonlyMap<string, About> => {
  const text = readText(file);
  const head = text.split('\n', 1)[0] ?? '';
  const delimiter = [';', '\t', ','].find((one) => head.includes(one)) ?? ',';
  try {
    const rows: readonly Record<string, string>[] = parseCsv(text, {
      columns: (names: readonly string[]) => names.map((name) => name.trim().toLowerCase()),
      delimiter,
      skip_empty_lines: true,
      trim: true,
      relax_column_count: true,
    });
    if (rows.length > 0 && rows[0]?.['file'] === undefined)
      throw new SidecarError(`${basename(file)} needs a column «file» in its first line, such as: file,title,holder,licence`);
    return new Map(rows.map((row) => [(row['file'] ?? '').replaceAll('\\', '/').replace(/^\.\//, ''), aboutOf(row)]));
  } catch (error) {
    if (error instanceof SidecarError) throw error;
    throw new SidecarError(`${basename(file)} is no valid CSV: check its quotes`, { cause: error });
  }
};

const readOwn = (file: string): About => {
  try {
    const found: unknown = file.toLowerCase().endsWith('.json')
      ? JSON.parse(readText(file))
      : parseYaml(readText(file), { maxAliasCount: 0 });
    if (typeof found !== 'object' || found === null || Array.isArray(found)) throw new TypeError('no mapping');
    return aboutOf(Object.fromEntries(Object.entries(found).map(([key, value]) => [key.toLowerCase(), value])));
  } catch (error) {
    if (error instanceof SidecarError) throw error;
    throw new SidecarError(`${basename(file)} must hold title, holder and licence as ${extname(file).slice(1).toUpperCase()}`, {
      cause: error,
    });
  }
};

const readText = (file: string): string => {
  if (statSync(file).size > mostBytes) throw new SidecarError(`${basename(file)} is larger than ${mostBytes / 1e6} MB`);
  return readFileSync(file, 'utf8')
    .replace(/^\uFEFF/u, '')
    .replaceAll('\r\n', '\n');
};

const aboutOf = (fields: Readonly<Record<string, unknown>>): About => {
  const text = (...names: readonly string[]): string | undefined =>
    names
      .map((name) => fields[name])
      .flatMap((value) => (typeof value === 'string' || typeof value === 'number' ? [oneLine(String(value))] : []))
      .find((value) => value !== '');
  const [title, rightsHolder, licence] = [
    text('title'),
    text('holder', 'rightsholder', 'rights_holder', 'rights holder'),
    text('licence', 'license'),
  ];
  return {
    ...(title === undefined ? {} : { title }),
    ...(rightsHolder === undefined ? {} : { rightsHolder }),
    ...(licence === undefined ? {} : { licence }),
  };
};

/** It is shown in rooms: no control characters, none that turn the direction of a line, and no novels. */
export const oneLine = (text: string): string => {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.length > mostChars ? `${line.slice(0, mostChars - 1)}…` : line;
};
