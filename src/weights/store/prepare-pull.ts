/** Everything that is known before the first byte of a model comes. */
import type { CuratedModel } from '#src/weights/store/curated.ts';
import { listRepository, type HubListing } from '#src/weights/store/hub-listing.ts';
import type { Asking } from '#src/weights/store/hub-request.ts';
import type { Pull } from '#src/weights/store/pull.ts';
import { planCurated, planRepository } from '#src/weights/store/pull-plan.ts';
import { interruptedCommit } from '#src/weights/store/pull-state.ts';

export type PullWish = {
  readonly modelsFolder: string;
  /** From the list, or any repository with the layout of an ONNX export, under a name of its own. */
  readonly model: CuratedModel | { readonly name: string; readonly repo: string };
  /** Instead of the list's. */
  readonly revision?: string;
  readonly restart: boolean;
};

export type PreparedPull = Pull & {
  /** Where the branch has moved since an interrupted download began: that one's commit, which goes on, and the newest. */
  readonly moved?: { readonly from: string; readonly to: string };
};

/**
 * Lists the repository and chooses the files. An interrupted download goes on with the commit that it began with, so that its files
 * fit together.
 * @throws ModelStoreError
 */
export async function preparePull({ modelsFolder, model, revision, restart }: PullWish, asking: Asking): Promise<PreparedPull> {
  const { name, repo } = model;
  const wanted = revision ?? ('revision' in model ? model.revision : 'main');
  const newest = await listRepository(repo, wanted, asking);
  const begun = restart ? undefined : await interruptedCommit(modelsFolder, name, repo);
  const hasMoved = begun !== undefined && begun !== newest.commit;
  const listing: HubListing = hasMoved ? await listRepository(repo, begun, asking) : newest;
  const isCurated = 'files' in model;
  return {
    modelsFolder,
    name,
    repo,
    revision: wanted,
    listing,
    files: isCurated ? planCurated(model, listing.files) : planRepository(repo, listing.files),
    licence: isCurated ? model.licence.name : (listing.licence ?? 'not stated'),
    write: isCurated ? model.write : {},
    writeIfMissing: isCurated ? model.writeIfMissing : {},
    restart,
    ...(hasMoved ? { moved: { from: begun, to: newest.commit } } : {}),
  };
}
