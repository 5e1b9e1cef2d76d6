import { closeSync, openSync, rmSync, writeSync, fsyncSync } from 'node:fs';
import { UsageError, type Io } from '#src/cli/io.ts';
import { openDesk } from '#src/cli/keys/desk.ts';
import { readOptions } from '#src/cli/options.ts';

/** `blitzbild keys export [FILE]`: the recovery key, on the terminal or into a new file that only this user can read. */
export async function exportRecovery(args: readonly string[], io: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { replace: { type: 'boolean', default: false } });
  const [file, ...more] = positionals;
  if (more.length > 0) throw new UsageError('Name one file, such as: blitzbild keys export recovery-key.txt.');
  await using desk = await openDesk(io);
  if (file === undefined) {
    const recoveryKey = await desk.export(values);
    io.stdout.write(`${recoveryKey}\n`);
    io.stderr.write(
      'This is the recovery key of the bot’s Matrix account. It is shown this once and kept nowhere: put it where the loss of the data folder does not reach.\n',
    );
    return;
  }
  // Before anything is made: a recovery key that could not be written down would be lost.
  const place = newFile(file);
  try {
    const recoveryKey = await desk.export(values);
    writeSync(place, `${recoveryKey}\n`);
    fsyncSync(place);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(place);
  }
  io.stdout.write(
    `${file} holds the recovery key of the bot’s Matrix account. It is kept nowhere else: put it where the loss of the data folder does not reach.\n`,
  );
}

function newFile(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST'
        ? `${file} exists already and is left as it is; name a file that does not.`
        : `${file} can’t be written: name a file in a folder that exists and that you may write to.`,
    );
  }
}
