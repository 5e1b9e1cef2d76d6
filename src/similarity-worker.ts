/** The thread that has the library of protected works in memory; started by `src/similarity-check.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { IndexStart } from '#src/similarity/index-messages.ts';
import { ReferenceIndex } from '#src/similarity/reference-index.ts';
import { serveIndex } from '#src/similarity/serve-index.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';

const { path, model } = workerData as IndexStart;
if (parentPort === null) throw new Error('this file is a thread of the bot and nothing to be started by itself');
serveIndex(parentPort, new ReferenceIndex(new ReferenceLibrary(path), model));
