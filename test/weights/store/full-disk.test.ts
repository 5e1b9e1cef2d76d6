/** A disk that fills up in the middle of a pull, with a disk that really is that small. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { preparePull } from '#src/weights/store/prepare-pull.ts';
import { pullModel } from '#src/weights/store/pull.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';
import { bytesOf, curated, modelFiles, openWorld, repo, takenBytes } from './store-world.ts';

/** A disk of its own in memory, or why this machine gives none. */
async function smallDisk(t: TestContext, bytes: number): Promise<string | { readonly skip: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-disk-'));
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    await rm(folder, { recursive: true });
    return { skip: 'this user may not mount a small disk' };
  }
  t.after(async () => {
    execFileSync('/bin/umount', [folder], { stdio: 'ignore' });
    await rm(folder, { recursive: true });
  });
  return folder;
}

test('a disk that fills up keeps what is there, says how much is missing, and the next run goes on', async (t) => {
  const disk = await smallDisk(t, 1_000_000);
  if (typeof disk !== 'string') return t.skip(disk.skip);
  const { hub, asking } = await openWorld(t);
  const models = join(disk, 'models');
  await mkdir(models);
  const prepared = await preparePull({ modelsFolder: models, model: curated(), restart: false }, asking());
  // The disk had more when it was looked at: somebody else writes as well.
  const free = (): Promise<number> => Promise.resolve(1e12);
  await assert.rejects(pullModel(prepared, asking(), { free }), (error: unknown) => {
    assert.ok(error instanceof ModelStoreError, String(error));
    assert.equal(error.code, 'disk_full');
    assert.match(
      error.message,
      /^The disk is full\. \S+ [kM]B of 1\.1 MB are kept: free \S+ [kM]B and run the same command, and small goes on from there\.$/,
    );
    return true;
  });
  assert.deepEqual(
    (await readdir(models)).filter((name) => !name.startsWith('.')),
    [],
  );
  execFileSync('/bin/mount', ['-o', 'remount,size=4000000', disk], { stdio: 'ignore' });
  const before = hub.bytesSent;
  let had = 0;
  await pullModel(prepared, asking(), { free, onPlan: ({ haveBytes }) => (had = haveBytes) });
  assert.ok(had > 500_000, `${had} bytes were kept`);
  assert.equal(hub.bytesSent - before, takenBytes - had, 'only the rest');
  assert.equal((await stat(join(models, 'small/unet/model.onnx_data'))).size, modelFiles['unet/model.onnx_data']?.byteLength);
});

test('the space that is really free is what counts', async (t) => {
  const disk = await smallDisk(t, 3_000_000);
  if (typeof disk !== 'string') return t.skip(disk.skip);
  const { hub, asking } = await openWorld(t);
  hub.commit(repo, { ...modelFiles, 'unet/model.onnx_data': bytesOf(4_000_000, 9) });
  const prepared = await preparePull({ modelsFolder: disk, model: curated(), restart: false }, asking());
  await assert.rejects(pullModel(prepared, asking()), { code: 'disk_full', message: /4\.2 MB are still to come .* only 3\.0 MB are/ });
  assert.equal(hub.bytesSent, 0);
});
