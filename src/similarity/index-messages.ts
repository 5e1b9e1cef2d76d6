/** Between the thread that has the library in memory and the rest. */
import type { SearchResult, Search } from './reference-index.ts';

/** What the thread is started with. */
export type IndexStart = {
  /** Of the library's file. */
  readonly path: string;
  readonly model?: { readonly hash: string; readonly dimensions: number };
};

export type IndexRequest = { readonly id: number; readonly search: Search };
export type IndexReply =
  | { readonly id: number; readonly result: SearchResult }
  /** One sentence for an operator. */
  | { readonly id: number; readonly failure: string };
