import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAnchors } from '#src/c2pa/keys/organisation-keys.ts';
import { neutralise } from '#src/chat/terminal/neutralise.ts';
import { checkSigning } from '#src/cli/check-signing.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { printFindings } from '#src/cli/print-findings.ts';
import { readConfig } from '#src/config.ts';
import { openManifestSigner } from '#src/manifests.ts';

/** `blitzbild keys show`: the certificate that manifests are signed with, and whether it can be used. Changes nothing. */
export async function show(args: readonly string[], { stdout, root }: Io): Promise<void> {
  if (readOptions(args, {}).positionals.length > 0) throw new UsageError('keys show takes no arguments.');
  const { dataFolder, marks } = readConfig(fileURLToPath(root));
  const folder = join(dataFolder, 'keys');
  const { certificate } = openManifestSigner({ folder, now: Date.now });
  if (certificate !== undefined) {
    const { organisation, method, isDeterministic, fingerprint, fromMs, untilMs } = certificate;
    const rows = [
      ['Organisation', organisation],
      ['Certificate', `${fingerprint} (SHA-256)`],
      ['Valid', `${day(fromMs)} to ${day(untilMs)}`],
      ['Signatures', isDeterministic ? `${method}, equal pictures give equal files` : `${method}, other bytes each time`],
      ...readAnchors(folder).map((anchor) => [
        'Authority',
        `${anchor.fingerprint256} (SHA-256), until ${day(anchor.validToDate.getTime())}`,
      ]),
      [
        'Used',
        marks.manifest ? 'in every room that has not switched it off' : 'only in rooms that have switched it on (marks.manifest is false)',
      ],
    ];
    stdout.write(neutralise(`${rows.map(([name = '', text = '']) => `${name.padEnd(14)}${text}`).join('\n')}\n`));
  }
  printFindings(await checkSigning(dataFolder, Date.now()), { stdout });
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
