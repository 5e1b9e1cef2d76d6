import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyFiles } from '#src/c2pa/keys/names.ts';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { readConfig } from '#src/config.ts';

const DEFAULT_DAYS = 1826;
const MOST_DAYS = 7305;
const DEFAULT_NAME = 'Blitzbild';
/** X.520 allows no more for an organisation's name. */
const MOST_LETTERS = 64;

/** `blitzbild keys init [--organisation NAME] [--days N]`: keys of one's own, for signed manifests. */
export async function init(args: readonly string[], { stdout, root }: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { organisation: { type: 'string' }, days: { type: 'string' } });
  if (positionals.length > 0) throw new UsageError('keys init takes no arguments but --organisation NAME and --days N.');
  const organisation = readName(values.organisation ?? DEFAULT_NAME);
  const days = readDays(values.days);
  const folder = join(readConfig(fileURLToPath(root)).dataFolder, 'keys');
  await makeOrganisationKeys({ folder, organisation, days, nowMs: Date.now() });
  stdout.write(
    [
      `Keys for signed manifests were made in ${folder}, for «${organisation}», valid for ${days} days.`,
      ...(values.organisation === undefined
        ? ['Every signed picture tells that name; to give another one, move the files away and add --organisation "Example Ltd".']
        : []),
      'Restart the bot: from then on it signs its pictures. «blitzbild keys show» tells whether it can.',
      `${keyFiles.caKey} is needed for «keys renew» alone: you may keep it elsewhere. «blitzbild backup» copies the folder; whoever has it can sign in your name.`,
      `Give ${keyFiles.ca}, which is public, to whoever wants to check your pictures with a tool of theirs.`,
      '',
    ].join('\n'),
  );
}

function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '' && [...trimmed].length <= MOST_LETTERS && !/[\p{Cc}\p{Cf}]/u.test(trimmed)) return trimmed;
  throw new UsageError(`The name of an organisation has 1 to ${MOST_LETTERS} letters in one line: --organisation "Example Ltd".`);
}

export function readDays(text: string | undefined): number {
  if (text === undefined) return DEFAULT_DAYS;
  const days = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MOST_DAYS) return days;
  throw new UsageError(`«${text}» is no number of days: take 1 to ${MOST_DAYS}, such as --days 365.`);
}
