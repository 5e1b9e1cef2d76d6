/** The thread's side: answers searches, one after the other. */
import type { MessagePort } from 'node:worker_threads';
import type { IndexReply, IndexRequest } from './index-messages.ts';
import type { ReferenceIndex } from './reference-index.ts';

export const serveIndex = (port: MessagePort, index: ReferenceIndex): void => {
  port.on('message', ({ id, search }: IndexRequest) => port.postMessage(answer(index, id, search)));
};

const answer = (index: ReferenceIndex, id: number, search: IndexRequest['search']): IndexReply => {
  try {
    return { id, result: index.search(search) };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
};
