const CELLS = 24;

/** One line that is drawn over and over, on a terminal only. */
export class ProgressBar {
  readonly #output: NodeJS.WriteStream | undefined;

  /** @param output `undefined` for silence */
  constructor(output: NodeJS.WriteStream | undefined) {
    this.#output = output?.isTTY === true ? output : undefined;
  }

  say(text: string): void {
    this.#output?.write(`\r\u001B[K${text}`);
  }

  show(done: number, of: number, text: string): void {
    const full = Math.round((done / of) * CELLS);
    this.say(`${'▓'.repeat(full)}${'░'.repeat(CELLS - full)} ${Math.floor((100 * done) / of)}%  ${text}`);
  }

  clear(): void {
    this.say('');
  }
}
