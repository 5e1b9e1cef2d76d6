import { UsageError, type Io } from '#src/cli/io.ts';
import { add } from '#src/cli/references/add.ts';
import { list } from '#src/cli/references/list.ts';
import { reindex } from '#src/cli/references/reindex.ts';
import { remove } from '#src/cli/references/remove.ts';
import { suggest } from '#core/suggest.ts';

const commands: Readonly<Record<string, (args: readonly string[], io: Io) => Promise<void>>> = { list, add, remove, reindex };

const HELP = `Usage: blitzbild references [list] [--json]        the protected works that pictures are compared with
       blitzbild references add DIR|FILE …          read works; what is unchanged is not read again
                            [--title TITLE] [--holder NAME] [--licence LICENCE]
       blitzbild references remove ID|FILE|DIR …    no longer compare with them; their files stay
       blitzbild references reindex [DIR …] [--all] read anew what an older version or another model has read
`;

/** `blitzbild references …`: the library of protected works. */
export async function references([name = 'list', ...args]: readonly string[], io: Io): Promise<void> {
  if (['help', '--help', '-h'].includes(name) || args.includes('--help') || args.includes('-h')) return void io.stdout.write(HELP);
  if (name.startsWith('-')) return list([name, ...args], io);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command(args, io);
  const near = suggest(name, Object.keys(commands));
  throw new UsageError(
    near === undefined
      ? `There is no command «references ${name}»; there are: ${Object.keys(commands).join(', ')}.`
      : `There is no command «references ${name}»; did you mean «references ${near}»?`,
  );
}
