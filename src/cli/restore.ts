import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataThereError, restoreBackup, type Restored } from '#src/backup/restore-backup.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { readConfig } from '#src/config.ts';
import { openCatalogue } from '#src/weights/catalogue.ts';

/** `blitzbild restore FOLDER`: a backup in the place of what is there. */
export async function restore(args: readonly string[], { stdout, root }: Io): Promise<void> {
  const { values, positionals } = readOptions(args, {
    yes: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    keys: { type: 'boolean', default: false },
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new UsageError('Name the folder of one backup, such as: blitzbild restore /var/backups/blitzbild/2026-11-23.');
  const config = readConfig(fileURLToPath(root));
  const restored = await restoreBackup({
    dataFolder: config.dataFolder,
    source: resolve(folder),
    mayReplace: values.yes,
    resumes: values.resume,
    withOldKeys: values.keys,
    nowMs: Date.now(),
    prefixes: config.prefixes,
    models: await openCatalogue({ folders: config.modelFolders, active: config.model }),
  }).catch((error: unknown) => {
    throw error instanceof DataThereError ? new UsageError(error.message) : error;
  });
  stdout.write(`${linesOn(restored, config.dataFolder).join('\n')}\n`);
}

function linesOn({ manifest, aside, keys, pictures, after, forgotten }: Restored, dataFolder: string): string[] {
  const keyLines = {
    none: [],
    kept: ['The keys of encrypted rooms that were there are whole and newer, and were kept; --keys takes those of the backup.'],
    renewed: [
      `The keys of encrypted rooms are those of the backup, and the bot has most likely used them further since. Give it a new device before it starts: move ${join(dataFolder, 'matrix', 'crypto.sqlite')} away, log the bot in again, set the new access token (docs/operations.md). With the old one messages from after the backup stay unreadable, and newer ones may too.`,
    ],
    'as they were': ['The keys of encrypted rooms are those of the backup.'],
  }[keys];
  const jobs =
    after === undefined || after.endedJobs === 0
      ? []
      : [`${counted(after.endedJobs, 'job')} open at that time: the rooms are told, unless they have the end already.`];
  const commands =
    after === undefined || after.forgottenCommands === 0
      ? []
      : [`${counted(after.forgottenCommands, 'command')} not yet answered at that time and will not be.`];
  return [
    `Restored: the backup of ${manifest.madeAt.slice(0, 16).replace('T', ' ')} UTC is in ${dataFolder}${pictures === 0 ? '' : `, with ${pictures} files of pictures`}.`,
    ...(aside === undefined ? [] : [`What was there is in ${aside}; remove it when all is well.`]),
    ...keyLines,
    ...(forgotten === 0
      ? []
      : [
          `${forgotten === 1 ? 'One person was' : `${forgotten} people were`} erased after this backup was made, and will be again as soon as the bot starts.`,
        ]),
    ...(after === undefined
      ? [
          'The bot goes on where the backup was made. That is right only where no bot has run with this data since: else commands are answered twice.',
        ]
      : [
          'In rooms of a server the bot begins at the present: what was said there since the backup is not answered.',
          ...jobs,
          ...commands,
        ]),
    'Start the bot.',
  ];
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? ' was' : 's were'}`;
