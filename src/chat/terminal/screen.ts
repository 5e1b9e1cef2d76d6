/** Lines on a stream that people read, with one progress line that is rewritten in place where the stream is a terminal. */
import type { Interface } from 'node:readline';
import type { Writable } from 'node:stream';

const clearLine = '\r\u001b[2K';
const upOneLine = '\u001b[1A';

export class Screen {
  readonly #output: Writable & { readonly columns?: number };
  readonly #isTerminal: boolean;
  /** Present where people type at a prompt, which then stays the last line. */
  readonly #prompt: Interface | undefined;
  /** The progress that stands on the screen, directly above the prompt if there is one. */
  #progress: string | undefined;

  constructor(output: Writable & { readonly columns?: number }, isTerminal: boolean, prompt: Interface | undefined) {
    this.#output = output;
    this.#isTerminal = isTerminal;
    this.#prompt = prompt;
  }

  /** Resolves when the stream took the text; rejects when nobody reads any more. */
  async line(text: string): Promise<void> {
    const progress = this.#progress;
    await this.#write(`${this.#rewind()}${text}\n${progress === undefined ? '' : this.#progressLine(progress)}`);
    this.#prompt?.prompt(true);
  }

  /** Only a terminal shows progress: in a file every step would be one more line. */
  async progress(text: string): Promise<void> {
    if (!this.#isTerminal) return;
    const rewind = this.#rewind();
    this.#progress = text;
    await this.#write(`${rewind}${this.#progressLine(text)}`);
    this.#prompt?.prompt(true);
  }

  async endProgress(): Promise<void> {
    if (this.#progress === undefined) return;
    const rewind = this.#rewind();
    this.#progress = undefined;
    await this.#write(rewind);
  }

  /** A person pressed Enter: the cursor is one line further down and the progress line can't be reached any more. */
  typed(): void {
    this.#progress = undefined;
  }

  /** To the beginning of the progress line, or of the prompt. */
  #rewind(): string {
    if (!this.#isTerminal) return '';
    return this.#prompt !== undefined && this.#progress !== undefined ? `${clearLine}${upOneLine}${clearLine}` : clearLine;
  }

  #progressLine(text: string): string {
    const width = Math.max(20, (this.#output.columns ?? 80) - 1);
    const [firstLine = ''] = text.split('\n');
    const shown = [...firstLine].slice(0, width).join('');
    return this.#prompt === undefined ? shown : `${shown}\n`;
  }

  async #write(text: string): Promise<void> {
    if (text === '') return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#output.write(text, (error) => (error ? reject(error) : resolve()));
    await promise;
  }
}
