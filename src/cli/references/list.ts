import { existsSync } from 'node:fs';
import type { Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { libraryLines, withLibrary } from '#src/cli/references/workplace.ts';
import { neutralise } from '#src/chat/terminal/neutralise.ts';

/** `blitzbild references list [--json]` */
export async function list(args: readonly string[], io: Io): Promise<void> {
  const { values } = readOptions(args, { json: { type: 'boolean', default: false } });
  await withLibrary(io, async (place) => {
    const works = place.library.list();
    if (values.json) return void io.stdout.write(`${JSON.stringify(works, undefined, 2)}\n`);
    for (const { id, title, rightsHolder, licence, path } of works) {
      const about = [title, rightsHolder, licence].filter((text) => text !== undefined).join(' · ');
      io.stdout.write(neutralise(`${id.padStart(6)}  ${about}  (${path}${existsSync(path) ? '' : ', gone'})`) + '\n');
    }
    io.stdout.write(`${libraryLines(place).join('\n')}\n`);
  });
}
