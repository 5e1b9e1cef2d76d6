/** A client's end of the socket, no more than that: it notes what comes. */

export type Frame = {
  readonly event?: string;
  readonly data?: Readonly<Record<string, any>>;
  readonly broadcast?: Readonly<Record<string, any>>;
  readonly seq?: number;
  readonly seq_reply?: number;
  readonly status?: string;
  readonly error?: { readonly id: string; readonly status_code: number };
};

export class Listener {
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  #closed: { readonly code: number } | undefined;

  constructor(url: string, options: { readonly token?: string; readonly connectionId?: string; readonly seq?: number } = {}) {
    const { token, connectionId = '', seq = 0 } = options;
    const address = `${url}/api/v4/websocket?connection_id=${connectionId}&sequence_number=${seq}`;
    const more = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
    this.#socket = new WebSocket(address, more);
    this.#socket.addEventListener('message', ({ data }) => this.frames.push(JSON.parse(String(data)) as Frame));
    this.#socket.addEventListener('close', ({ code }) => (this.#closed = { code }));
    this.#socket.addEventListener('error', () => {});
  }

  get isOpen(): boolean {
    return this.#closed === undefined && this.#socket.readyState === WebSocket.OPEN;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Numbers of the events that came, in their order. */
  get numbers(): readonly number[] {
    return this.frames.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  }

  send(request: object): void {
    this.#socket.send(JSON.stringify(request));
  }

  close(): void {
    this.#socket.close();
  }

  /** The first frame that fits, here or still to come; rejects after `timeoutMs`. */
  async waitFor(fits: (frame: Frame) => boolean, timeoutMs = 2000): Promise<Frame> {
    return this.#until(() => this.frames.find(fits), timeoutMs);
  }

  async closed(timeoutMs = 2000): Promise<number> {
    return (await this.#until(() => this.#closed, timeoutMs)).code;
  }

  async opened(timeoutMs = 2000): Promise<void> {
    await this.#until(() => (this.#socket.readyState === WebSocket.OPEN ? true : undefined), timeoutMs);
  }

  async #until<Found>(look: () => Found | undefined, timeoutMs: number): Promise<Found> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (performance.now() > until) throw new Error(`not within ${timeoutMs} ms; there is ${JSON.stringify(this.frames)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
