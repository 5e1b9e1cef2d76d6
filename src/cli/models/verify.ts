import { ProgressBar } from '#src/cli/progress-bar.ts';
import type { Io } from '#src/cli/io.ts';
import { hashState } from '#src/cli/models/list.ts';
import { untilStopped } from '#src/cli/models/stop-signal.ts';
import { installedName, openPlace } from '#src/cli/models/workplace.ts';
import { readOptions } from '#src/cli/options.ts';
import { formatBytes } from '#src/weights/store/bytes.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';
import { verifyModel, type Difference } from '#src/weights/store/verify.ts';

const explained = { missing: 'is missing', size: 'has another size', content: 'has another content' } satisfies Record<Difference['what'], string>;

/** `blitzbild models verify [NAME …]`: every file of every model that was pulled, or of those named. */
export async function verify(args: readonly string[], io: Io): Promise<void> {
  const { positionals } = readOptions(args, {});
  const place = await openPlace(io);
  const all = [...place.catalogue.list().map(({ name }) => name), ...place.catalogue.broken.map(({ name }) => name)];
  const names = positionals.length === 0 ? all : positionals.map((typed) => installedName(place, typed));
  const bar = new ProgressBar(io.stderr);
  let wrong = 0;
  await untilStopped(async (signal) => {
    for (const name of names) {
      const folder = place.catalogue.folder(name) ?? place.catalogue.broken.find((one) => one.name === name)?.folder ?? '';
      const { receipt, differences, bytes } = await verifyModel(folder, {
        signal,
        onBytes: (done, of) => bar.show(done, Math.max(1, of), `${name}  ${formatBytes(done)} of ${formatBytes(of)}`),
      });
      bar.clear();
      if (receipt === undefined) {
        io.stdout.write(`–     ${name}: was not pulled, so there is nothing to compare with\n`);
        continue;
      }
      if (differences.length === 0) io.stdout.write(`ok    ${name}: ${receipt.files.length} files, ${formatBytes(bytes)}; ${hashState(receipt)}\n`);
      else wrong++;
      for (const { path, what } of differences) io.stdout.write(`WRONG ${name}: ${path} ${explained[what]}\n`);
      if (differences.length > 0)
        io.stdout.write(`      → blitzbild models remove ${name}, then blitzbild models pull ${place.curated.some((one) => one.name === name) ? name : receipt.repo}\n`);
    }
  });
  if (wrong > 0) throw new ModelStoreError('wrong_hash', `${wrong === 1 ? 'One model differs' : `${wrong} models differ`} from what was downloaded, see above.`);
}
