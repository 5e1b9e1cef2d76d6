/** Tables of `references.sqlite`, oldest first; `user_version` counts those that were made. */
export const referenceMigrations: readonly string[] = [
  `
  CREATE TABLE works (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    rights_holder TEXT,
    licence TEXT,
    bytes INTEGER NOT NULL,
    modified_ms REAL NOT NULL,
    sha256 TEXT NOT NULL UNIQUE,
    pixels_sha256 TEXT NOT NULL UNIQUE,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    hash_form INTEGER NOT NULL,
    hashes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX works_of_form ON works (hash_form);

  CREATE TABLE vectors (
    work_id INTEGER NOT NULL REFERENCES works (id) ON DELETE CASCADE,
    -- Hash of the model's files.
    model TEXT NOT NULL,
    vectors BLOB NOT NULL,
    PRIMARY KEY (work_id, model)
  ) STRICT;
  CREATE INDEX vectors_of_model ON vectors (model, work_id);

  -- One row: how often something that was there before was changed.
  CREATE TABLE rewrites (count INTEGER NOT NULL) STRICT;
  INSERT INTO rewrites VALUES (0);
  `,
];
