import { existsSync, statSync } from 'node:fs';
import { UsageError, type Io } from '#src/cli/io.ts';
import { neutralise } from '#src/chat/terminal/neutralise.ts';
import { readOptions } from '#src/cli/options.ts';
import { candidates } from '#src/cli/references/files.ts';
import { oneLine, Sidecars, type About } from '#src/cli/references/sidecar.ts';
import { takeIn } from '#src/cli/references/take-in.ts';
import { Tally } from '#src/cli/references/tally.ts';
import { libraryLines, withLibrary } from '#src/cli/references/workplace.ts';

/** `blitzbild references add DIR|FILE…`: what is unchanged is not read again, so that an interrupted one is simply repeated. */
export async function add(args: readonly string[], io: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { title: { type: 'string' }, holder: { type: 'string' }, licence: { type: 'string' } });
  if (positionals.length === 0) throw new UsageError('Name a folder of works or single files, such as: blitzbild references add ./works.');
  const missing = positionals.find((path) => !existsSync(path));
  if (missing !== undefined) throw new UsageError(`${missing} is not there: check the path.`);
  if (values.title !== undefined && (positionals.length > 1 || !statSync(positionals[0]!).isFile()))
    throw new UsageError('--title names one work: give one file with it, or write the titles of a folder into its references.csv.');
  const typed: About = {
    ...(values.title === undefined ? {} : { title: oneLine(values.title) }),
    ...(values.holder === undefined ? {} : { rightsHolder: oneLine(values.holder) }),
    ...(values.licence === undefined ? {} : { licence: oneLine(values.licence) }),
  };
  await withLibrary(io, async (place) => {
    const tally = new Tally((line) => io.stdout.write(`${neutralise(line)}\n`));
    const sidecars = new Sidecars();
    for await (const candidate of candidates(positionals)) {
      const { path } = candidate;
      try {
        if ('failure' in candidate) tally.failed(path, candidate.failure);
        else if ('skipped' in candidate) tally.skipped(path, candidate.skipped);
        else tally.took(path, await takeIn(path, { ...sidecars.of(path, candidate.top), ...typed }, { ...place, isForced: false }));
      } catch (error) {
        tally.failed(path, error);
      }
    }
    io.stdout.write(`${tally.summary}.\n${libraryLines(place).join('\n')}\n`);
    tally.assertAll();
  });
}
