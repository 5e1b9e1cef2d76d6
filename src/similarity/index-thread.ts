/** Asks a thread that has the library in memory: a search takes longer than messages may wait. */
import { Worker } from 'node:worker_threads';
import type { IndexReply, IndexRequest, IndexStart } from './index-messages.ts';
import type { Search, SearchResult } from './reference-index.ts';

/** A library of ten thousand works is read and searched in a second. */
const answerWithinMs = 20_000;

type Waiting = { readonly resolve: (result: SearchResult) => void; readonly reject: (error: Error) => void };

/** Starts the thread with the first search, and anew after it has failed. */
export class IndexThread {
  readonly #module: URL;
  readonly #start: IndexStart;
  readonly #withinMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(module: URL, start: IndexStart, withinMs = answerWithinMs) {
    this.#module = module;
    this.#start = start;
    this.#withinMs = withinMs;
  }

  /** Rejects with why it could not be answered. */
  async search(search: Search): Promise<SearchResult> {
    const worker = (this.#worker ??= this.#begin());
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<SearchResult>();
    this.#waiting.set(id, { resolve, reject });
    const timer = setTimeout(
      () => this.#fail(worker, new Error(`the library was not searched within ${this.#withinMs} ms`)),
      this.#withinMs,
    );
    // While somebody waits, the thread may keep the process alive.
    worker.ref();
    worker.postMessage({ id, search } satisfies IndexRequest, []);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    }
  }

  #begin(): Worker {
    const worker = new Worker(this.#module, { workerData: this.#start });
    worker.on('message', (reply: IndexReply) => {
      const waiting = this.#waiting.get(reply.id);
      if ('result' in reply) waiting?.resolve(reply.result);
      else waiting?.reject(new Error(reply.failure));
    });
    worker.on('error', (error) => this.#fail(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#fail(worker, new Error('the thread that searches the library has ended')));
    return worker;
  }

  #fail(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    void worker.terminate();
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#fail(worker, new Error('the comparison was closed'));
    await worker.terminate();
  }
}
