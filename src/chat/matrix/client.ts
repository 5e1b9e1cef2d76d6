import { LogService, MatrixClient } from 'matrix-bot-sdk';

import { askHomeserver, downloadFromHomeserver, type MatrixRequest, type TransportOptions } from './transport.ts';

// The SDK logs requests and answers to the console by itself; ours says what an operator needs.
LogService.setLogger({ info: () => {}, warn: () => {}, error: () => {}, debug: () => {}, trace: () => {} });

/**
 * matrix-bot-sdk's client on our transport. `doRequest` is the one door of all its methods, so overriding it here
 * (rather than setting a function for the whole process by `setRequestFn`) gives every client its own token, limits
 * and end, and keeps the SDK's error path, which throws raw responses with the token in them, out of the way.
 */
export class BotClient extends MatrixClient {
  readonly #transport: TransportOptions;

  constructor(transport: TransportOptions) {
    super(transport.homeserverUrl, transport.accessToken);
    this.#transport = transport;
  }

  /** Resolves with the JSON of the answer; rejects with a `HomeserverError` only. Unlike `doRequest`, it can be given up. */
  async ask(request: MatrixRequest): Promise<unknown> {
    return askHomeserver(this.#transport, request);
  }

  /** Resolves with at most `maxBytes` bytes; rejects with a `HomeserverError` only. */
  async download(request: MatrixRequest, maxBytes: number): Promise<Uint8Array> {
    return downloadFromHomeserver(this.#transport, request, maxBytes);
  }

  /** Resolves with the JSON of the answer; rejects with a `HomeserverError` only. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the SDK's own signature
  override async doRequest(
    method: string,
    endpoint: string,
    query: Readonly<Record<string, unknown>> | null = null,
    body: unknown = null,
    timeoutMs?: number,
    _raw?: boolean,
    contentType?: string,
  ): Promise<any> {
    return askHomeserver(this.#transport, {
      method,
      path: endpoint,
      query,
      body,
      ...(typeof timeoutMs === 'number' ? { timeoutMs } : {}),
      ...(contentType === undefined ? {} : { contentType }),
    });
  }
}
