import { UsageError, type Io } from '#src/cli/io.ts';
import { openDesk } from '#src/cli/keys/desk.ts';
import { sayStanding } from '#src/cli/keys/standing.ts';
import { askYes, isInteractive } from '#src/cli/models/ask.ts';
import { untilStopped } from '#src/cli/models/stop-signal.ts';
import { readOptions } from '#src/cli/options.ts';

/** `blitzbild keys reset`: asks, unless `--yes`. */
export async function reset(args: readonly string[], io: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { yes: { type: 'boolean', default: false } });
  if (positionals.length > 0) throw new UsageError('keys reset takes no arguments but --yes.');
  if (!values.yes) {
    if (!isInteractive(io)) throw new UsageError('Nothing was changed: nobody is here to be asked. Add --yes to begin a new identity.');
    const question = 'Begin a new identity of the bot’s account? Everybody who verified the bot is warned and has to verify it again.';
    if (!(await untilStopped((signal) => askYes(io, question, signal)))) {
      io.stdout.write('Nothing was changed.\n');
      return;
    }
  }
  await using desk = await openDesk(io);
  sayStanding(await desk.reset(), io);
  io.stdout.write('An earlier recovery key opens nothing any more: «blitzbild keys export FILE» makes a new one.\n');
}
