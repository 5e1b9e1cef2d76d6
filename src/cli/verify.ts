import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { readConfig } from '#src/config.ts';
import { createLog } from '#src/log.ts';
import { openMarkReader } from '#src/marking.ts';
import type { MarkReader, MarkReport } from '#core/marks-port.ts';
import { verdictOf, type Verdict } from '#core/marks-verdict.ts';
import { fileNature } from '#core/file-nature.ts';
import { renderVerify } from '#core/render-verify.ts';
import { toPlainText } from '#core/rich-text.ts';

const HELP = `Usage: blitzbild verify FILE… [--json]

Says which marks of origin each picture carries, by whom, and whether they are intact.
Exit codes: 0 every file says that it is AI-generated and none was changed; 1 a file could not be looked at; 2 bad usage;
            3 a file has no such mark; 4 a file was changed since it was marked, or its signature is forged.
`;

/** Larger files are no pictures that anybody posts. */
const MOST_BYTES = 256e6;
const MOST_PIXELS = 256e6;

const exitCodes = { fine: 0, unreadable: 1, unmarked: 3, changed: 4 } as const;

/** What `--json` prints for each file. */
export type VerifiedFile = { readonly file: string } & (({ readonly verdict: Verdict } & MarkReport) | { readonly error: string });

/** `blitzbild verify a.png b.jpg`. */
export async function verify(args: readonly string[], { stdout, root }: Io): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    stdout.write(HELP);
    return exitCodes.fine;
  }
  const { positionals: files, values } = readOptions(args, { json: { type: 'boolean' } });
  if (files.length === 0) throw new UsageError('Name the files to look at: blitzbild verify picture.png');
  const config = readConfig(fileURLToPath(root));
  await using reader = openMarkReader(config, createLog(config.logLevel ?? 'error'));
  const found: VerifiedFile[] = [];
  for (const file of files) {
    const looked = await look(file, reader.markReader);
    found.push(looked);
    if (values.json !== true) stdout.write(`${files.length > 1 ? `${file}\n` : ''}${textOf(looked)}\n`);
  }
  if (values.json === true) stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  return exitCodeOf(found);
}

async function look(file: string, reader: MarkReader): Promise<VerifiedFile> {
  const bytes = await readBounded(file);
  if (typeof bytes === 'string') return { file, error: bytes };
  const report = await reader.read(bytes, { maxPixels: MOST_PIXELS });
  if (report.kind !== undefined) return { file, verdict: verdictOf(report), ...report };
  const what = { empty: 'is empty', text: 'is text', other: 'is no picture that can be read' }[fileNature(bytes)];
  return { file, error: `${file} ${what}: name a PNG, JPEG, WebP, AVIF or GIF.` };
}

/** The bytes, or a sentence. */
async function readBounded(file: string): Promise<Uint8Array | string> {
  try {
    await using handle = await open(file);
    const stat = await handle.stat();
    if (!stat.isFile()) return `${file} is not a file: name a picture.`;
    if (stat.size > MOST_BYTES)
      return `${file} has ${Math.ceil(stat.size / 1e6)} MB, and files of at most ${MOST_BYTES / 1e6} MB are looked at.`;
    return await handle.readFile();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? `${file} does not exist: check the path.` : `${file} can't be read: give this user the right to read it.`;
  }
}

const textOf = (found: VerifiedFile): string =>
  'error' in found ? found.error : toPlainText(renderVerify({ report: found, language: 'en' }));

function exitCodeOf(found: readonly VerifiedFile[]): number {
  const verdicts = found.map((each) => ('error' in each ? undefined : each.verdict));
  if (verdicts.includes(undefined)) return exitCodes.unreadable;
  if (verdicts.some((verdict) => verdict === 'made_here_changed' || verdict === 'manifest_broken')) return exitCodes.changed;
  return verdicts.includes('unmarked') ? exitCodes.unmarked : exitCodes.fine;
}
