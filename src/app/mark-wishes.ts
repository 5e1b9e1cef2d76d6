import { pictureRequest } from '#core/batch.ts';
import { parametersOf } from '#core/marks-parameters.ts';
import type { MarkPolicy, MarkWishes } from '#core/marks-port.ts';
import type { RoomSettings } from '#core/store-port.ts';
import type { Job, Origin } from '#core/types.ts';

export type MarkParts = {
  readonly store: { readonly rooms: Pick<RoomSettings, 'get'> };
  /** What is on where a room has chosen nothing. */
  readonly marks: MarkPolicy;
};

/** The layers that pictures of a room get, as far as there are keys for them. */
export const marksIn = ({ store, marks }: MarkParts, { platform, roomId }: Pick<Origin, 'platform' | 'roomId'>): MarkPolicy => ({
  ...marks,
  ...store.rooms.get(platform, roomId).marks,
});

/** How one picture of a job is marked; a sheet as the first of its job. */
export function wishesFor(
  parts: MarkParts,
  { request, origin }: Pick<Job, 'request' | 'origin'>,
  index: number,
  modelHash?: string,
): MarkWishes {
  const policy = marksIn(parts, origin);
  const parameters = policy.prompt ? parametersOf(request, index, modelHash) : undefined;
  return { ...policy, model: pictureRequest(request, index).model, ...(parameters === undefined ? {} : { parameters }) };
}
