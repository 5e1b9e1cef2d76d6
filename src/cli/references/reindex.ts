import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Io } from '#src/cli/io.ts';
import { neutralise } from '#src/chat/terminal/neutralise.ts';
import { readOptions } from '#src/cli/options.ts';
import { isIn } from '#src/cli/references/chosen.ts';
import { takeIn } from '#src/cli/references/take-in.ts';
import { Tally } from '#src/cli/references/tally.ts';
import { Sidecars } from '#src/cli/references/sidecar.ts';
import { libraryLines, withLibrary } from '#src/cli/references/workplace.ts';

/** `blitzbild references reindex [DIR…] [--all]`: after an update or with another model; works whose file is gone keep what they have. */
export async function reindex(args: readonly string[], io: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { all: { type: 'boolean', default: false } });
  const folders = positionals.map((path) => resolve(path));
  await withLibrary(io, async (place) => {
    const tally = new Tally((line) => io.stdout.write(`${neutralise(line)}\n`));
    const sidecars = new Sidecars();
    for (const work of place.library.list()) {
      const { path } = work;
      if (folders.length > 0 && !folders.some((folder) => isIn(path, folder))) continue;
      if (!existsSync(path)) {
        tally.skipped(
          path,
          `the file of work ${work.id} is gone; it is compared as it was read. Take it out with: blitzbild references remove ${work.id}`,
        );
        continue;
      }
      try {
        const { title, rightsHolder, licence } = work;
        const kept = { title, ...(rightsHolder === undefined ? {} : { rightsHolder }), ...(licence === undefined ? {} : { licence }) };
        tally.took(path, await takeIn(path, { ...kept, ...sidecars.of(path, dirname(path)) }, { ...place, isForced: values.all }));
      } catch (error) {
        tally.failed(path, error);
      }
    }
    io.stdout.write(`${tally.summary}.\n${libraryLines(place).join('\n')}\n`);
    tally.assertAll();
  });
}
