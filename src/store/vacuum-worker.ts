/** Its own thread: writes a database anew at another place, which takes seconds, and must not hold anybody up. */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

const { from, to } = workerData as { readonly from: string; readonly to: string };
const sqlite = new DatabaseSync(from);
try {
  sqlite.prepare('VACUUM INTO ?').run(to);
} finally {
  sqlite.close();
}
// Before anybody waits for it.
const file = openSync(to, 'r+');
try {
  fsyncSync(file);
} finally {
  closeSync(file);
}
