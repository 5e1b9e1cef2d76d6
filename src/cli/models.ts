import { UsageError, type Io } from '#src/cli/io.ts';
import { convert } from '#src/cli/models/convert.ts';
import { list } from '#src/cli/models/list.ts';
import { pull } from '#src/cli/models/pull.ts';
import { remove } from '#src/cli/models/remove.ts';
import { use } from '#src/cli/models/use.ts';
import { verify } from '#src/cli/models/verify.ts';
import { suggest } from '#core/suggest.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

const commands: Readonly<Record<string, (args: readonly string[], io: Io) => Promise<void>>> = { list, pull, verify, remove, use, convert };

const HELP = `Usage: blitzbild models [list] [--json]                what is installed, and what can be
       blitzbild models pull NAME [--use]              download a model; NAME from the list, or OWNER/REPOSITORY of an ONNX export
                        [--accept-licence] [--revision REV] [--as NAME] [--restart]
       blitzbild models verify [NAME …]                hash every file again
       blitzbild models use NAME                       draw with it where a command names no model
       blitzbild models remove NAME [--yes] [--force]  delete it, or what an interrupted download left
       blitzbild models convert FOLDER [--name NAME]   export a Diffusers folder with safetensors to ONNX
                        [--dry-run] [--python PATH]
`;

/** `blitzbild models …`: the model store. */
export async function models([name = 'list', ...args]: readonly string[], io: Io): Promise<void> {
  if (['help', '--help', '-h'].includes(name) || args.includes('--help') || args.includes('-h')) return void io.stdout.write(HELP);
  if (name.startsWith('-')) return list([name, ...args], io);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command(args, io).catch(inWords);
  const near = suggest(name, Object.keys(commands));
  const names = Object.keys(commands).join(', ');
  throw new UsageError(
    near === undefined
      ? `There is no command «models ${name}»; there are: ${names}.`
      : `There is no command «models ${name}»; did you mean «models ${near}»?`,
  );
}

/** What a disk refuses, said with the place; everything else as it is. */
function inWords(error: unknown): never {
  const { code, path = 'the folder' } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    throw new ModelStoreError(
      'not_writable',
      `This user can't write ${path}. Give the user the right to, or name a folder of their own first in modelFolders of config/blitzbild.yaml.`,
      { cause: error },
    );
  throw error;
}
