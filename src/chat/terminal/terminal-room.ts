/**
 * The room in the terminal: every line on the input is a message to the bot, answers are lines on the output, pictures
 * and other files are copied to a folder. With `json` each answer is one JSON object on a line, see `JsonLine`.
 */
import { randomUUID } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { DeliveryError } from '#core/errors.ts';
import type { ChatPlatform, Content, Delivery, ImageStore, Inbox, JobEventSummary } from '#core/ports.ts';
import { toPlainText } from '#core/rich-text.ts';
import { eventId, roomId, userId, type EventId, type Language, type RoomId, type UserId } from '#core/types.ts';
import type { IncomingMessage } from '#core/incoming.ts';
import { neutralise, jsonLine } from './neutralise.ts';
import { saveFile } from './save-file.ts';
import { Screen } from './screen.ts';

export const terminalRoomId: RoomId = roomId('!terminal:terminal');

export type TerminalOptions = {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly json: boolean;
  /** Who types. */
  readonly user: string;
  readonly admin: boolean;
  /** Where pictures and files are copied to; made when it is missing. */
  readonly outDir: string;
  readonly images: ImageStore;
  readonly now: () => number;
  /** Of the terminal's own few words; default `en`. */
  readonly language?: Language;
};

const notStored: Readonly<Record<Language, string>> = {
  en: 'This line could not be stored, so nothing was queued; check the disk and type it again.',
  de: 'Diese Zeile konnte nicht gespeichert werden, es wurde nichts eingereiht; prüf die Festplatte und tipp sie noch einmal.',
};

/** One line of the output with `json`. What does not apply is absent. */
export type JsonLine = {
  readonly type: JobEventSummary['type'];
  readonly jobId?: string;
  /** The plain text of the answer, the caption of a picture. */
  readonly text: string;
  /** Path of the picture or file. */
  readonly file?: string;
  /** Of a picture, in pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Milliseconds, see `StageTimings` and `JobTimings`. */
  readonly timings?: JobEventSummary['timings'];
  readonly code?: string;
};

export class TerminalRoom implements ChatPlatform {
  readonly name = 'terminal';
  readonly editIntervalMs = 200;
  /** Resolves when the input has ended: no message will follow. */
  readonly ended: Promise<void>;
  readonly #options: TerminalOptions;
  readonly #user: UserId;
  readonly #end: () => void;
  readonly #sent = new Map<string, Promise<EventId>>();
  #screen: Screen;
  #lines: Interface | undefined;
  /** Ids must not come again after a restart: the store remembers which job a message showed. */
  readonly #session = randomUUID().slice(0, 8);
  #count = 0;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#user = userId(`@${options.user}:terminal`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#screen = new Screen(options.output, this.#isTerminal, undefined);
    // A reader that went away shows as a failed write; without a listener it would end the process.
    options.output.on('error', () => {});
  }

  async start(inbox: Inbox): Promise<void> {
    const { input, output } = this.#options;
    const withPrompt = this.#isTerminal && input.isTTY === true;
    const lines = withPrompt
      ? createInterface({ input, output, terminal: true, prompt: '› ' })
      : createInterface({ input, terminal: false, crlfDelay: Infinity });
    this.#lines = lines;
    this.#screen = new Screen(output, this.#isTerminal, withPrompt ? lines : undefined);
    lines.on('line', (line) => this.#receive(inbox, line));
    lines.on('close', this.#end);
    if (withPrompt) lines.prompt();
  }

  send(delivery: Delivery): Promise<EventId> {
    const known = this.#sent.get(delivery.transactionId);
    if (known !== undefined) return known;
    const sent = this.#show(delivery).then(() => eventId(`$terminal-${this.#session}-${(this.#count += 1)}`));
    this.#sent.set(delivery.transactionId, sent);
    // What was not shown may be sent again.
    sent.catch(() => this.#sent.delete(delivery.transactionId));
    return sent;
  }

  /** A line carries no file. */
  async attachment(): Promise<undefined> {
    return undefined;
  }

  async isAdmin(room: RoomId, user: UserId): Promise<boolean> {
    return this.#options.admin && room === terminalRoomId && user === this.#user;
  }

  async close(): Promise<void> {
    await this.#screen.endProgress().catch(() => {});
    this.#lines?.close();
    this.#end();
  }

  get #isTerminal(): boolean {
    return this.#options.output.isTTY === true && !this.#options.json;
  }

  #receive(inbox: Inbox, line: string): void {
    this.#screen.typed();
    if (line.trim() === '') return;
    try {
      inbox.accept([this.#message(line)]);
    } catch {
      // The process lives: a full disk may have room again at the next line.
      void this.#sayNotStored();
    }
  }

  #message(line: string): IncomingMessage {
    return {
      kind: 'message',
      platform: 'terminal',
      roomId: terminalRoomId,
      eventId: eventId(`$line-${randomUUID()}`),
      sender: this.#user,
      text: line,
      isAdmin: this.#options.admin,
      isDirect: true,
      receivedAtMs: this.#options.now(),
    };
  }

  async #sayNotStored(): Promise<void> {
    const text = notStored[this.#options.language ?? 'en'];
    const line = { type: 'error', text, code: 'internal' } satisfies JsonLine;
    await this.#screen.line(this.#options.json ? jsonLine(line) : text).catch(() => {});
  }

  async #show(delivery: Delivery): Promise<void> {
    if (delivery.roomId !== terminalRoomId) throw new DeliveryError('rejected', 'There is only one terminal, and this is not its id.');
    const { content, event } = delivery;
    // A terminal has nothing to hang a reaction on.
    if (content.kind === 'reaction') return;
    const file = await this.#save(content);
    const text = toPlainText('caption' in content ? content.caption : content.text);
    try {
      if (this.#options.json) await this.#screen.line(jsonLine(asJson(delivery, text, file)));
      else if (event?.type === 'progress') await this.#screen.progress(neutralise(text));
      else {
        if (event?.type === 'done' || event?.type === 'error') await this.#screen.endProgress();
        await this.#screen.line(neutralise(file === undefined ? text : `${file}\n  ${text}`));
      }
    } catch (error) {
      throw new DeliveryError('rejected', 'The output is closed.', { cause: error });
    }
  }

  /** Path of the picture or file, where the message is one. */
  async #save(content: Content): Promise<string | undefined> {
    const { images, outDir } = this.#options;
    if (content.kind === 'image') return saveFile(images, content.image.key, outDir, content.fileName);
    return content.kind === 'file' ? saveFile(images, content.file.key, outDir, content.file.name) : undefined;
  }
}

function asJson(delivery: Delivery, text: string, file: string | undefined): JsonLine {
  const { content, event } = delivery;
  return {
    type: event?.type ?? (content.kind === 'image' ? 'image' : 'text'),
    ...(event?.jobId !== undefined && { jobId: event.jobId }),
    text,
    ...(file !== undefined && { file }),
    ...(content.kind === 'image' && { width: content.image.widthPx, height: content.image.heightPx }),
    ...(event?.timings !== undefined && { timings: event.timings }),
    ...(event?.code !== undefined && { code: event.code }),
  };
}
