import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cryptoFile, cryptoKeyFile } from '#src/backup/layout.ts';
import { makeBackup } from '#src/backup/make-backup.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { readConfig } from '#src/config.ts';

/** `blitzbild backup FOLDER`: what the bot keeps, while it runs or not. */
export async function backup(args: readonly string[], { stdout, root }: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { pictures: { type: 'boolean', default: false } });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new UsageError('Name one new folder for the backup, such as: blitzbild backup /var/backups/blitzbild/2026-11-23.');
  const { dataFolder, matrix } = readConfig(fileURLToPath(root));
  const target = resolve(folder);
  const { files, pictures, wasRunning } = await makeBackup({ dataFolder, target, withPictures: values.pictures, nowMs: Date.now() });
  const megabytes = (files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1);
  const holds = (path: string): boolean => files.some((file) => file.path === path);
  const keys = holds(cryptoFile)
    ? [
        holds(cryptoKeyFile)
          ? 'It holds the keys of encrypted rooms and what opens them: keep it as safe as the access token.'
          : `It holds the keys of encrypted rooms, but not the file that opens them (${matrix?.storeKeyFile ?? 'MATRIX_STORE_KEY_FILE'}): keep that elsewhere.`,
      ]
    : [];
  stdout.write(
    [
      `Backup: ${target} (${megabytes} MB${pictures === undefined ? '' : ` and ${pictures} files of pictures`}), made ${wasRunning ? 'while the bot runs' : 'while no bot runs'}, and checked.`,
      ...keys,
      ...(pictures === undefined ? ['Pictures are not in it; --pictures takes them along.'] : []),
      'Not in it: .env, config/ and models, which are not the bot’s to change.',
      '',
    ].join('\n'),
  );
}
