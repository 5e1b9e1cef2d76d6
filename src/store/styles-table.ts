import type { StyleStore, StyleVersion } from '#core/team-store-ports.ts';
import type { Style } from '#core/styles.ts';
import { userId, type StoredImage, type UserId } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

type Present = StyleVersion & { readonly style: Style };

/** Styles, every version of them. A removal is a version without a body. */
export class StylesTable implements StyleStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): readonly Present[] {
    const rows = this.#database.all(
      `SELECT newest.* FROM styles AS newest
       JOIN (SELECT name, MAX(version) AS version, MIN(sequence) AS came FROM styles GROUP BY name) AS each
         ON each.name = newest.name AND each.version = newest.version
       WHERE newest.body IS NOT NULL ORDER BY each.came`,
    );
    return rows.map(toVersion).filter(isPresent);
  }

  get(name: string): Present | undefined {
    const newest = this.#newest(name);
    return newest !== undefined && isPresent(newest) ? newest : undefined;
  }

  versions(name: string): readonly StyleVersion[] {
    return this.#database.all('SELECT * FROM styles WHERE name = ? ORDER BY version DESC', inLowerCase(name)).map(toVersion);
  }

  revision(): number {
    return Number(this.#database.get('SELECT MAX(sequence) AS revision FROM styles')?.['revision'] ?? 0);
  }

  put(name: string, style: Style | undefined, by: UserId | undefined, nowMs: number): StyleVersion {
    return this.#database.transaction(() => {
      const version = (this.#newest(name)?.version ?? 0) + 1;
      this.#database.run(
        'INSERT INTO styles (name, version, body, changed_by, changed_at_ms) VALUES (?, ?, ?, ?, ?)',
        inLowerCase(name),
        version,
        style === undefined ? null : JSON.stringify(style),
        by ?? null,
        nowMs,
      );
      const stored = this.#newest(name);
      if (stored === undefined) throw new Error('A style was not stored');
      return stored;
    });
  }

  preview(name: string, version: number): StoredImage | undefined {
    const row = this.#database.get('SELECT preview FROM styles WHERE name = ? AND version = ?', inLowerCase(name), version);
    const preview = row?.['preview'];
    return typeof preview === 'string' ? (JSON.parse(preview) as StoredImage) : undefined;
  }

  setPreview(name: string, version: number, image: StoredImage): void {
    this.#database.run('UPDATE styles SET preview = ? WHERE name = ? AND version = ?', JSON.stringify(image), inLowerCase(name), version);
  }

  #newest(name: string): StyleVersion | undefined {
    const row = this.#database.get('SELECT * FROM styles WHERE name = ? ORDER BY version DESC LIMIT 1', inLowerCase(name));
    return row && toVersion(row);
  }
}

/** SQLite's NOCASE folds ASCII only: `Öl` and `öl` are one name as well. */
const inLowerCase = (name: string): string => name.normalize('NFC').toLowerCase();

const toVersion = (row: Row): StyleVersion => {
  const { body, changed_by: by } = row;
  return {
    name: String(row['name']),
    version: Number(row['version']),
    ...(typeof body === 'string' ? { style: JSON.parse(body) as Style } : {}),
    ...(typeof by === 'string' ? { changedBy: userId(by) } : {}),
    changedAtMs: Number(row['changed_at_ms']),
  };
};

const isPresent = (version: StyleVersion): version is Present => version.style !== undefined;
