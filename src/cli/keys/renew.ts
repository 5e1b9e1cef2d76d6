import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renewSigningKey } from '#src/c2pa/keys/make-keys.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readDays } from '#src/cli/keys/init.ts';
import { readOptions } from '#src/cli/options.ts';
import { readConfig } from '#src/config.ts';

/** `blitzbild keys renew [--days N]`: the next signing certificate, before the old one ends or after. */
export async function renew(args: readonly string[], { stdout, root }: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { days: { type: 'string' } });
  if (positionals.length > 0) throw new UsageError('keys renew takes no arguments but --days N.');
  const days = readDays(values.days);
  await renewSigningKey({ folder: join(readConfig(fileURLToPath(root)).dataFolder, 'keys'), days, nowMs: Date.now() });
  stdout.write(`A new signing key and its certificate were made, valid for ${days} days. Restart the bot to sign with them.\n`);
}
