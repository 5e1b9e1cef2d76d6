import { createInterface } from 'node:readline/promises';
import type { Io } from '#src/cli/io.ts';

/** Whether somebody is there to be asked. */
export const isInteractive = ({ stdin, stdout }: Io): boolean => stdin.isTTY && stdout.isTTY;

/** A question for yes or no; everything but yes is no. */
export async function askYes({ stdin, stdout }: Io, question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stdout });
  try {
    return /^(y|yes|j|ja)$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}
