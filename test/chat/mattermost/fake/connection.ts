import type { WebSocket } from 'ws';

import { frameOf, type BroadcastEvent } from './events.ts';
import { newId } from './rows.ts';

/** Source: platform/web_conn.go `deadQueueSize`, `sendQueueSize`. */
const keptAfterSending = 128;
const keptWhileAway = 256;

/** One client's line of events, which outlives its socket for a while. Source: platform/web_conn.go `WebConn`. */
export class Connection {
  id = newId();
  userId = '';
  token: string | undefined;
  socket: WebSocket | undefined;
  /** The server believes that somebody listens. */
  isActive = true;
  /** Half open: nothing goes through any more, and neither end knows. */
  isStalled = false;
  /** By the server's own time. */
  lastUsedMs = 0;
  /** More was to be kept than there is room for: nobody can go on with it. */
  isOverflown = false;
  #nextSeq = 0;
  /** What was sent last, for a client that comes back. */
  #dead: { readonly seq: number; readonly frame: string }[] = [];
  /** What happened while nobody listened; it has no numbers yet. */
  #waiting: BroadcastEvent[] = [];

  hello(version: string): void {
    const event = { server_version: `${version}.1.0123456789abcdef.false`, connection_id: this.id, server_hostname: 'node-1' };
    this.#write({ event: 'hello', data: event, broadcast: { user_id: this.userId } });
  }

  deliver(event: BroadcastEvent): void {
    if (this.isActive) this.#write(event);
    else if (this.#waiting.length < keptWhileAway) this.#waiting.push(event);
    else this.isOverflown = true;
  }

  /** The next number is never used. */
  skip(count: number): void {
    this.#nextSeq += count;
  }

  /** An event that has its number and does not arrive; where it can be had again, a client that comes back gets it. */
  lose(event: BroadcastEvent, isKept: boolean): void {
    const seq = this.#nextSeq;
    this.#nextSeq += 1;
    if (isKept) this.#keep(seq, frameOf(event, seq, this.userId));
  }

  /**
   * Goes on with a new socket, for a client that expects `seq` next. Where that can't be had any more it begins anew, under another id.
   * Source: platform/web_conn.go `writePump`, `isInDeadQueue`, `hasMsgLoss`.
   */
  resume(socket: WebSocket, seq: number, version: string): void {
    this.socket = socket;
    this.isActive = true;
    this.isStalled = false;
    const index = this.#dead.findIndex((sent) => sent.seq === seq);
    const last = this.#dead.at(-1)?.seq ?? -1;
    if (index >= 0) for (const { frame } of this.#dead.slice(index)) socket.send(frame);
    else if (seq !== last + 1) {
      this.id = newId();
      this.#nextSeq = 0;
      this.#dead = [];
      this.hello(version);
    } else this.#nextSeq = seq;
    for (const event of this.#waiting.splice(0)) this.#write(event);
  }

  reply(answer: object): void {
    if (!this.isStalled && this.socket?.readyState === 1) this.socket.send(JSON.stringify(answer));
  }

  #write(event: BroadcastEvent): void {
    const seq = this.#nextSeq;
    this.#nextSeq += 1;
    const frame = frameOf(event, seq, this.userId);
    this.#keep(seq, frame);
    if (!this.isStalled && this.socket?.readyState === 1) this.socket.send(frame);
  }

  #keep(seq: number, frame: string): void {
    this.#dead.push({ seq, frame });
    if (this.#dead.length > keptAfterSending) this.#dead.shift();
  }
}
