/** How Mattermost's client uses a socket: it sets these handlers and asks for the rest. */
type Handler = ((event: never) => void) | null;

/**
 * A WebSocket for Mattermost's client that lets nothing out: a handler that throws is told to `onBroken` instead of ending the process,
 * and what handlers print goes nowhere. The token goes with the upgrade, because only a session that is known then can be resumed.
 * Source: api4/websocket.go `connectWebSocket`.
 */
export class QuietSocket {
  onopen: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;
  onmessage: Handler = null;
  readonly #socket: WebSocket;
  readonly #onBroken: (error: unknown) => void;
  #isDetached = false;
  #isClosing = false;

  constructor(url: string, accessToken: string, onBroken: (error: unknown) => void) {
    this.#onBroken = onBroken;
    this.#socket = new WebSocket(url, { headers: { Authorization: `Bearer ${accessToken}` } });
    this.#socket.addEventListener('open', (event) => this.#call(this.onopen, event));
    this.#socket.addEventListener('close', (event) => this.#call(this.onclose, event));
    this.#socket.addEventListener('error', (event) => this.#call(this.onerror, event));
    this.#socket.addEventListener('message', (event) => {
      if (!this.#isClosing) this.#call(this.onmessage, event);
    });
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.close();
  }

  /** As if the server had hung up: its own word for that may take long, or never come. */
  fail(code: number): void {
    if (this.#isDetached || this.#isClosing) return;
    this.close();
    this.#call(this.onclose, new CloseEvent('close', { code, wasClean: false }));
    this.#isDetached = true;
  }

  /** Nobody is told anything any more; ends a connection that is only being made, too. */
  detach(): void {
    this.#isDetached = true;
    this.close();
  }

  #call(handler: Handler, event: unknown): void {
    if (this.#isDetached || handler === null) return;
    try {
      quietly(() => handler(event as never));
    } catch (error) {
      this.#onBroken(error);
    }
  }
}

/** Mattermost's client prints to the console, which belongs to the program that it is part of. */
export function quietly<Result>(run: () => Result): Result {
  const { log, warn } = console;
  console.log = () => {};
  console.warn = () => {};
  try {
    return run();
  } finally {
    console.log = log;
    console.warn = warn;
  }
}
