/** Somebody in the local room, by its HTTP API. */
import assert from 'node:assert/strict';
import type { JobEventSummary } from '#core/ports.ts';
import { toPlainText, type RichText } from '#core/rich-text.ts';
import type { StoredImage } from '#core/types.ts';
import type { RoomBody, Upload, WireEvent } from '#src/chat/web/events.ts';
import { until } from './program.ts';

let transactions = 0;

/** What the bot has said to one command so far. */
export type Answers = {
  readonly jobId: string;
  readonly ack: WireEvent | undefined;
  readonly images: readonly StoredImage[];
  /** Plain texts of the ends of the job; more than one would be a fault. */
  readonly ends: readonly string[];
  readonly endTypes: readonly JobEventSummary['type'][];
};

export class RoomClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }

  async get(path: string): Promise<Response> {
    return fetch(this.#url + path, { headers: this.#headers });
  }

  async post(path: string, body: object): Promise<WireEvent> {
    const response = await fetch(this.#url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...this.#headers },
      body: JSON.stringify({ transactionId: `e2e-${(transactions += 1)}-${Date.now()}`, name: 'Ada', ...body }),
    });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return (await response.json()) as WireEvent;
  }

  /** @returns the event id */
  async say(text: string, more: { readonly name?: string } = {}): Promise<string> {
    return (await this.post('/api/messages', { text, ...more })).eventId;
  }

  async react(target: string, emoji: string): Promise<string> {
    return (await this.post('/api/reactions', { target, emoji })).eventId;
  }

  /** A message with a file. @returns the event id */
  async sendFile(file: { readonly name: string; readonly bytes: Uint8Array }, text: string): Promise<string> {
    const response = await fetch(`${this.#url}/api/uploads?name=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', ...this.#headers },
      body: new Uint8Array(file.bytes),
    });
    assert.ok(response.ok, `upload: ${response.status}`);
    const { key, name } = (await response.json()) as Upload;
    return (await this.post('/api/messages', { text, attachment: { key, name } })).eventId;
  }

  async events(): Promise<readonly WireEvent[]> {
    const response = await this.get('/api/events?after=0');
    assert.equal(response.status, 200);
    return ((await response.json()) as { events: WireEvent[] }).events;
  }

  /** The bot's text that answers this message, shown as plain text. */
  async answerTo(target: string): Promise<{ readonly text: string; readonly code: string | undefined }> {
    return until(`an answer to ${target}`, async () => {
      const body = (await this.events()).map((event) => event.body).find((said) => said.kind === 'text' && said.replyTo === target);
      return body?.kind === 'text' ? { text: toPlainText(body.text), code: body.event?.code } : undefined;
    });
  }

  /** All texts that answer this message, as soon as there are so many. */
  async textsFor(target: string, count: number): Promise<readonly string[]> {
    return until(`${count} answers to ${target}`, async () => {
      const texts = (await this.events()).flatMap(({ body }) =>
        body.kind === 'text' && body.replyTo === target ? [toPlainText(body.text)] : [],
      );
      return texts.length >= count ? texts : undefined;
    });
  }

  /** What was said to the command in this message; `undefined` before it is accepted. */
  async answers(command: string): Promise<Answers | undefined> {
    const events = await this.events();
    const ack = events.find(({ body }) => body.kind === 'text' && body.replyTo === command && body.event?.type === 'ack');
    const jobId = reported(ack?.body)?.jobId;
    if (jobId === undefined) return undefined;
    const ofJob = events.map((event) => event.body).filter((body) => reported(body)?.jobId === jobId);
    const ends = ofJob.filter((body) => ['done', 'error'].includes(reported(body)?.type ?? ''));
    return {
      jobId,
      ack,
      images: ofJob.flatMap((body) => (body.kind === 'image' ? [body.image] : [])),
      ends: ends.map((body) => toPlainText((body as { text: RichText }).text)),
      endTypes: ends.map((body) => reported(body)!.type),
    };
  }

  /** The job of this command, when it has ended. */
  async finished(command: string): Promise<Answers> {
    return until(`the end of the job of ${command}`, async () => {
      const answers = await this.answers(command);
      return answers !== undefined && answers.ends.length > 0 ? answers : undefined;
    });
  }

  async image(image: StoredImage): Promise<Buffer> {
    const response = await this.get(`/api/images/${image.key}`);
    assert.equal(response.status, 200);
    return Buffer.from(await response.arrayBuffer());
  }
}

const reported = (body: RoomBody | undefined): JobEventSummary | undefined =>
  body !== undefined && 'event' in body ? body.event : undefined;
