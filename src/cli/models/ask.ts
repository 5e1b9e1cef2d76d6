import { createInterface } from 'node:readline/promises';
import type { Io } from '#src/cli/io.ts';

/** Whether somebody is there to be asked. */
export const isInteractive = ({ stdin, stdout }: Io): boolean => stdin.isTTY && stdout.isTTY;

/**
 * A question for yes or no; everything but yes is no, the end of the input as well.
 * Rejects with an `AbortError` at Ctrl-C, which a terminal in line mode gives to whoever reads the line and not to the process.
 */
export async function askYes({ stdin, stdout }: Io, question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stdout });
  const stopping = new AbortController();
  lines.once('SIGINT', () => stopping.abort());
  const ended = new Promise<string>((done) => lines.once('close', () => done('')));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal: AbortSignal.any([signal, stopping.signal]) }), ended]);
    return /^(y|yes|j|ja)$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
