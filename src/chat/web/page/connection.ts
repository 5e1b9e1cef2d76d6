/**
 * The stream of events, opened again whenever it breaks: after 0.5 s at first, then less often, and at once when the
 * browser says that the network is back. It goes on after the last event that was seen, so nothing is missed.
 */
import type { LiveEdit, RoomStatus, WireEvent } from '../events.ts';

export type ConnectionListener = {
  onEvent(event: WireEvent): void;
  onLive(edit: LiveEdit): void;
  onStatus(status: RoomStatus): void;
  /** The room's history is another one: begin anew. */
  onReset(): void;
  onConnected(): void;
  onLost(retryInMs: number): void;
  /** The room wants its token again. */
  onLocked(): void;
};

const firstRetryMs = 500;
const longestRetryMs = 8_000;
/** The server says something at least every 15 s. */
const silenceLimitMs = 40_000;

export class Connection {
  readonly #listener: ConnectionListener;
  #after = 0;
  #source: EventSource | undefined;
  #retryMs = firstRetryMs;
  #retryTimer: number | undefined;
  #silenceTimer: number | undefined;

  constructor(listener: ConnectionListener) {
    this.#listener = listener;
    addEventListener('online', () => this.#retryTimer !== undefined && this.#open());
    document.addEventListener('visibilitychange', () => !document.hidden && this.#retryTimer !== undefined && this.#open());
  }

  /** Begins after the event with this sequence number. */
  open(after: number): void {
    this.#after = after;
    this.#open();
  }

  close(): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    this.#retryTimer = undefined;
    this.#source?.close();
  }

  #open(): void {
    this.close();
    const source = new EventSource(`/api/stream?after=${this.#after}`);
    this.#source = source;
    const heard = (): void => {
      clearTimeout(this.#silenceTimer);
      this.#silenceTimer = setTimeout(() => this.#lose(source), silenceLimitMs);
    };
    const on = (name: string, handle: (payload: unknown) => void): void =>
      source.addEventListener(name, (event: MessageEvent<string>) => {
        heard();
        handle(JSON.parse(event.data));
      });
    on('room', (payload) => {
      const event = payload as WireEvent;
      this.#after = event.sequence;
      this.#listener.onEvent(event);
    });
    on('live', (edit) => this.#listener.onLive(edit as LiveEdit));
    on('status', (status) => this.#listener.onStatus(status as RoomStatus));
    on('reset', () => this.#listener.onReset());
    on('beat', () => {});
    source.addEventListener('open', () => {
      heard();
      this.#retryMs = firstRetryMs;
      this.#listener.onConnected();
    });
    source.addEventListener('error', () => this.#lose(source));
  }

  #lose(source: EventSource): void {
    if (source !== this.#source) return;
    this.close();
    this.#listener.onLost(this.#retryMs);
    this.#retryTimer = setTimeout(() => void this.#retry(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }

  /** `EventSource` does not tell why it failed; a plain request does. */
  async #retry(): Promise<void> {
    const status = await fetch('/api/status').then(
      (response) => response.status,
      () => 0,
    );
    if (status === 401) this.#listener.onLocked();
    else this.#open();
  }
}
