/**
 * The tables. A change is a new entry at the end: entries that were released are never edited. Foreign keys are off
 * while they run, so that a table can be made anew; they may call the SQL functions of src/store/database.ts.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event TEXT,
    received_at_ms INTEGER NOT NULL,
    handled INTEGER NOT NULL DEFAULT 0,
    UNIQUE (platform, event_id)
  ) STRICT;
  CREATE INDEX inbox_unhandled ON inbox (id) WHERE handled = 0;

  CREATE TABLE cursors (platform TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE memory (platform TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (platform, key)) STRICT;
  CREATE TABLE rooms (platform TEXT NOT NULL, room_id TEXT NOT NULL, language TEXT, PRIMARY KEY (platform, room_id)) STRICT;
  CREATE TABLE durations (workload TEXT PRIMARY KEY, ms REAL NOT NULL) STRICT;
  CREATE TABLE turns (person TEXT PRIMARY KEY, turn INTEGER NOT NULL) STRICT;

  CREATE TABLE jobs (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    platform TEXT NOT NULL,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    person TEXT NOT NULL,
    language TEXT NOT NULL,
    request TEXT NOT NULL,
    status_row INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting',
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    queued_at_ms INTEGER NOT NULL,
    started_at_ms INTEGER,
    finished_at_ms INTEGER,
    work_ms REAL NOT NULL DEFAULT 0,
    provider TEXT,
    dropped_prompt TEXT,
    failure TEXT,
    UNIQUE (platform, event_id)
  ) STRICT;
  CREATE INDEX jobs_open ON jobs (sequence) WHERE state IN ('waiting', 'running');
  CREATE INDEX jobs_of_thread ON jobs (platform, room_id, thread_id);
  CREATE INDEX jobs_of_user ON jobs (platform, room_id, user_id);

  CREATE TABLE pictures (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    position INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    image TEXT,
    PRIMARY KEY (job_id, position)
  ) STRICT;
  CREATE INDEX pictures_open ON pictures (job_id, position) WHERE state IN ('waiting', 'running');

  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL UNIQUE,
    platform TEXT NOT NULL,
    lane TEXT NOT NULL,
    delivery TEXT,
    job_id TEXT,
    picture_index INTEGER,
    state TEXT NOT NULL DEFAULT 'pending',
    reason TEXT,
    sent_event_id TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX outbox_pending ON outbox (platform, lane, id) WHERE state = 'pending';
  CREATE INDEX outbox_sent ON outbox (platform, sent_event_id) WHERE sent_event_id IS NOT NULL;

  CREATE TABLE room_events (
    sequence INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL UNIQUE,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE jobs_2 (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    platform TEXT NOT NULL,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    person TEXT NOT NULL,
    language TEXT NOT NULL,
    request TEXT NOT NULL,
    status_row INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting',
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    queued_at_ms INTEGER NOT NULL,
    started_at_ms INTEGER,
    finished_at_ms INTEGER,
    work_ms REAL NOT NULL DEFAULT 0,
    provider TEXT,
    dropped_prompt TEXT,
    failure TEXT,
    count INTEGER NOT NULL,
    prompt_folded TEXT NOT NULL,
    task TEXT,
    plan_id INTEGER,
    plan_run INTEGER,
    sheet TEXT
  ) STRICT;
  INSERT INTO jobs_2 (sequence, id, platform, room_id, event_id, thread_id, user_id, person, language, request, status_row, state,
    cancel_requested, crashes, queued_at_ms, started_at_ms, finished_at_ms, work_ms, provider, dropped_prompt, failure, count, prompt_folded)
  SELECT sequence, id, platform, room_id, event_id, thread_id, user_id, person, language, request, status_row, state,
    cancel_requested, crashes, queued_at_ms, started_at_ms, finished_at_ms, work_ms, provider, dropped_prompt, failure,
    json_extract(request, '$.count'), folded(json_extract(request, '$.prompt'))
  FROM jobs;
  DROP TABLE jobs;
  ALTER TABLE jobs_2 RENAME TO jobs;
  -- A command makes one job; a schedule makes one with every run.
  CREATE UNIQUE INDEX jobs_once ON jobs (platform, event_id) WHERE plan_id IS NULL;
  CREATE INDEX jobs_of_command ON jobs (platform, event_id);
  CREATE INDEX jobs_open ON jobs (sequence) WHERE state IN ('waiting', 'running');
  CREATE INDEX jobs_of_thread ON jobs (platform, room_id, thread_id);
  CREATE INDEX jobs_of_user ON jobs (platform, room_id, user_id);
  CREATE INDEX jobs_of_room ON jobs (platform, room_id);

  ALTER TABLE rooms ADD COLUMN default_style TEXT;
  ALTER TABLE rooms ADD COLUMN time_zone TEXT;
  ALTER TABLE rooms ADD COLUMN quiet TEXT;

  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE styles (
    sequence INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE,
    version INTEGER NOT NULL,
    body TEXT,
    changed_by TEXT,
    changed_at_ms INTEGER NOT NULL,
    preview TEXT,
    UNIQUE (name, version)
  ) STRICT;

  CREATE TABLE asks (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    row INTEGER NOT NULL,
    event TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    styles_revision INTEGER,
    is_open INTEGER NOT NULL DEFAULT 1
  ) STRICT;
  CREATE INDEX asks_open ON asks (platform, room_id, user_id) WHERE is_open = 1;
  CREATE INDEX asks_of_row ON asks (row) WHERE is_open = 1;

  CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    platform TEXT NOT NULL,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    created_by TEXT NOT NULL,
    language TEXT NOT NULL,
    schedule TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'active',
    next_run_ms INTEGER,
    last_run_ms INTEGER,
    runs INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE stars (
    platform TEXT NOT NULL,
    room_id TEXT NOT NULL,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    position INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    -- The reaction that gave it, or null where it was typed.
    event_id TEXT,
    PRIMARY KEY (platform, room_id, job_id, position, user_id)
  ) STRICT;
  CREATE INDEX stars_of_reaction ON stars (platform, event_id) WHERE event_id IS NOT NULL;

  CREATE TABLE usage (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    pictures INTEGER NOT NULL,
    work_ms REAL NOT NULL
  ) STRICT;
  CREATE INDEX usage_of_user ON usage (platform, user_id, at_ms);
  CREATE INDEX usage_of_room ON usage (platform, room_id, at_ms);
  `,
  `
  -- How often work on it was begun again after the process ended in which it was left.
  ALTER TABLE inbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- JSON of the layers of origin that the room has chosen.
  ALTER TABLE rooms ADD COLUMN marks TEXT;
  ALTER TABLE rooms ADD COLUMN retention_days INTEGER;
  -- Whose a file is that somebody shows.
  CREATE INDEX pictures_by_key ON pictures (json_extract(image, '$.key')) WHERE image IS NOT NULL;
  CREATE INDEX pictures_by_watermark ON pictures (json_extract(image, '$.watermark')) WHERE image IS NOT NULL;
  CREATE INDEX jobs_by_sheet ON jobs (json_extract(sheet, '$.key')) WHERE sheet IS NOT NULL;
  CREATE INDEX jobs_by_sheet_watermark ON jobs (json_extract(sheet, '$.watermark')) WHERE sheet IS NOT NULL;

  -- What stays of a message once it was sent: where it stands, whom it answered, what it showed.
  ALTER TABLE outbox ADD COLUMN room_id TEXT;
  ALTER TABLE outbox ADD COLUMN asker TEXT;
  ALTER TABLE outbox ADD COLUMN answers TEXT;
  ALTER TABLE outbox ADD COLUMN file TEXT;
  UPDATE outbox SET room_id = COALESCE(delivery ->> '$.roomId', (SELECT jobs.room_id FROM jobs WHERE jobs.id = outbox.job_id)),
    file = COALESCE(delivery ->> '$.content.image.key', delivery ->> '$.content.file.key');
  CREATE INDEX outbox_of_job ON outbox (job_id) WHERE job_id IS NOT NULL;
  CREATE INDEX outbox_of_asker ON outbox (platform, asker) WHERE asker IS NOT NULL;
  CREATE INDEX jobs_of_person ON jobs (platform, user_id);
  CREATE INDEX stars_of_job ON stars (job_id);

  -- People who asked to be forgotten, until all of it is done. What they were is gone from here with the rows.
  CREATE TABLE erasures (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    user_id TEXT,
    stage TEXT NOT NULL,
    room_id TEXT,
    language TEXT NOT NULL,
    is_direct INTEGER NOT NULL,
    -- Events up to this one are the person's as they were; what comes later is a new person's.
    newest_event INTEGER NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}',
    answer_row INTEGER,
    begun_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE erasure_posts (
    erasure_id INTEGER NOT NULL REFERENCES erasures (id),
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    -- 'bot' or 'person'
    author TEXT NOT NULL,
    file TEXT,
    -- JSON of what became of it; null while it waits
    removal TEXT,
    PRIMARY KEY (erasure_id, room_id, event_id)
  ) STRICT;
  CREATE TABLE erasure_files (
    erasure_id INTEGER NOT NULL REFERENCES erasures (id),
    key TEXT NOT NULL,
    PRIMARY KEY (erasure_id, key)
  ) STRICT;
  -- The few that are not shown, so that they are found without reading all.
  CREATE INDEX pictures_held_back ON pictures (job_id) WHERE json_extract(image, '$.heldBack') IS NOT NULL;

  -- What is older than its room keeps it is found without reading all.
  CREATE INDEX jobs_by_end ON jobs (platform, room_id, finished_at_ms) WHERE finished_at_ms IS NOT NULL;
  CREATE INDEX outbox_without_job ON outbox (platform, room_id, created_at_ms) WHERE job_id IS NULL;
  -- Whoever kept pictures before there was a limit loses none of them by an update.
  INSERT INTO settings (key, value) SELECT 'retention.older', '1' WHERE EXISTS (SELECT 1 FROM jobs);
  `,
];
