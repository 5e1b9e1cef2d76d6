import { UsageError, type Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { chosenWorks } from '#src/cli/references/chosen.ts';
import { ReferencesError } from '#src/cli/references/tally.ts';
import { libraryLines, withLibrary } from '#src/cli/references/workplace.ts';

/** `blitzbild references remove ID|FILE|DIR…`: the files themselves stay where they are. */
export async function remove(args: readonly string[], io: Io): Promise<void> {
  const { positionals } = readOptions(args, {});
  if (positionals.length === 0) throw new UsageError('Name works by number, file or folder, such as: blitzbild references remove 12.');
  await withLibrary(io, async (place) => {
    const all = place.library.list();
    const chosen = positionals.map((typed) => ({ typed, works: chosenWorks(all, typed) }));
    const unknown = chosen.find(({ works }) => works.length === 0);
    if (unknown !== undefined)
      throw new ReferencesError(`Nothing was removed: there is no work ${unknown.typed}. blitzbild references list shows what there is.`);
    const ids = new Set(chosen.flatMap(({ works }) => works.map(({ id }) => id)));
    place.library.remove([...ids]);
    io.stdout.write(`${ids.size} removed.\n${libraryLines(place).join('\n')}\n`);
  });
}
