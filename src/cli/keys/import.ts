import { openSync, readSync, closeSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError, type Io } from '#src/cli/io.ts';
import { openDesk } from '#src/cli/keys/desk.ts';
import { sayStanding } from '#src/cli/keys/standing.ts';
import { readOptions } from '#src/cli/options.ts';

const mostBytes = 4096;

/**
 * `blitzbild keys import [FILE]`: the recovery key comes from the file, or is typed or piped in, but never an argument,
 * which every process on the machine could read.
 */
export async function importRecovery(args: readonly string[], io: Io): Promise<void> {
  const { positionals } = readOptions(args, {});
  const [file, ...more] = positionals;
  if (more.length > 0) {
    throw new UsageError('Name one file that holds the recovery key, or none to be asked for it: blitzbild keys import.');
  }
  const typed = file === undefined ? await typedIn(io) : fromFile(file);
  if (typed.trim() === '') throw new UsageError('No recovery key was given: type it, or name a file that holds it.');
  await using desk = await openDesk(io);
  sayStanding(await desk.import(typed), io);
}

function fromFile(file: string): string {
  try {
    const place = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(mostBytes);
      return bytes.toString('utf8', 0, readSync(place, bytes));
    } finally {
      closeSync(place);
    }
  } catch {
    throw new UsageError(`${file} can’t be read: name a file that holds the recovery key, or none to be asked for it.`);
  }
}

async function typedIn({ stdin, stderr }: Io): Promise<string> {
  if (stdin.isTTY) stderr.write('Recovery key (it is not shown): ');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: stdin.isTTY });
  const ended = new Promise<string>((done) => lines.once('close', () => done('')));
  try {
    const line = await Promise.race([lines.question(''), ended]);
    return line.slice(0, mostBytes);
  } finally {
    lines.close();
    if (stdin.isTTY) stderr.write('\n');
  }
}
