import { UsageError, type Io } from '#src/cli/io.ts';
import { exportRecovery } from '#src/cli/keys/export.ts';
import { importRecovery } from '#src/cli/keys/import.ts';
import { reset } from '#src/cli/keys/reset.ts';
import { show } from '#src/cli/keys/show.ts';
import { status } from '#src/cli/keys/status.ts';
import { suggest } from '#core/suggest.ts';

const commands: Readonly<Record<string, (args: readonly string[], io: Io) => Promise<void>>> = {
  status,
  export: exportRecovery,
  import: importRecovery,
  reset,
  show,
  // What makes certificates is loaded only where some are made.
  init: async (args, io) => (await import('#src/cli/keys/init.ts')).init(args, io),
  renew: async (args, io) => (await import('#src/cli/keys/renew.ts')).renew(args, io),
};

const HELP = `Usage: blitzbild keys [status]                 whether people see the bot's Matrix device as verified, and what to do if not
       blitzbild keys export [FILE] [--replace] make a recovery key and show it once, or write it to a new FILE
       blitzbild keys import [FILE]            sign the device with the account's identity; the recovery key from FILE or typed
       blitzbild keys reset [--yes]            begin a new identity; everybody who verified the bot has to do it again
Stop the bot before all of these but status. They are about the keys of the bot's Matrix account.

       blitzbild keys init [--organisation NAME] [--days N]
                                               an authority of your own and a key that signs pictures (C2PA manifests), in the data folder
       blitzbild keys show                     the certificate that pictures are signed with, and whether it can be used
       blitzbild keys renew [--days N]         the next signing certificate of your own authority
Restart the bot after init and renew.
`;

/** `blitzbild keys …`: the signing keys of the bot's Matrix account, and the organisation's keys that sign pictures. */
export async function keys([name = 'status', ...args]: readonly string[], io: Io): Promise<void> {
  if (['help', '--help', '-h'].includes(name) || args.includes('--help') || args.includes('-h')) return void io.stdout.write(HELP);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command(args, io);
  const near = suggest(name, Object.keys(commands));
  const names = Object.keys(commands).join(', ');
  throw new UsageError(
    near === undefined
      ? `There is no command «keys ${name}»; there are: ${names}.`
      : `There is no command «keys ${name}»; did you mean «keys ${near}»?`,
  );
}
