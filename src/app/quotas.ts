import { currentLimits } from '#src/app/current-limits.ts';
import { workload } from '#src/app/job-messages.ts';
import { formatEta } from '#core/format.ts';
import type { Limits } from '#core/limits.ts';
import { refuse, type Problem } from '#core/problem.ts';
import type { Store, Usage } from '#core/store-port.ts';
import type { ImageRequest, Language, PlatformName, RoomId, Task, UserId } from '#core/types.ts';

export const QUOTA_SPAN_MS = 24 * 3600 * 1000;

type Context = { readonly store: Store; readonly limits: Limits; readonly now: () => number };
type Asker = { readonly platform: PlatformName; readonly roomId: RoomId; readonly sender: UserId };
type Whose = { readonly platform: PlatformName; readonly user?: UserId; readonly room?: RoomId };

/** What was used in the last 24 hours, and what waits and will be. `freeAtMs`: when the oldest of it no longer counts. */
export type QuotaUse = { readonly used: Usage; readonly limit: Usage; readonly freeAtMs?: number };

type Quota = { readonly whose: Whose; readonly past: Usage; readonly coming: Usage; readonly limit: Usage };

const none: Usage = { pictures: 0, workMs: 0 };
const sum = (a: Usage, b: Usage): Usage => ({ pictures: a.pictures + b.pictures, workMs: a.workMs + b.workMs });

/** Of the person in all rooms of the platform, and of the room. */
function quotasOf(context: Context, { platform, roomId, sender }: Asker): Readonly<Record<'person' | 'room', Quota>> {
  const { store, now } = context;
  const limits = currentLimits(context);
  const open = store.jobs.open().filter(({ origin }) => origin.platform === platform);
  const quota = (whose: Whose, waiting: typeof open, limit: Usage): Quota => ({
    whose,
    past: store.usage.since(whose, now() - QUOTA_SPAN_MS),
    coming: waiting
      .map(({ request, task, images }) => ({
        pictures: request.count - images.length,
        workMs: expectedMs(store, request, task, images.length),
      }))
      .reduce(sum, none),
    limit,
  });
  return {
    person: quota(
      { platform, user: sender },
      open.filter(({ requestedBy }) => requestedBy === sender),
      { pictures: limits.maxPicturesPerPersonPerDay, workMs: limits.maxSecondsPerPersonPerDay * 1000 },
    ),
    room: quota(
      { platform, room: roomId },
      open.filter(({ origin }) => origin.roomId === roomId),
      { pictures: limits.maxPicturesPerRoomPerDay, workMs: limits.maxSecondsPerRoomPerDay * 1000 },
    ),
  };
}

export function quotaUse(context: Context, asker: Asker): { readonly person: QuotaUse; readonly room: QuotaUse } {
  const use = ({ whose, past, coming, limit }: Quota): QuotaUse => {
    const oldestMs = context.store.usage.oldestSince(whose, context.now() - QUOTA_SPAN_MS);
    return { used: sum(past, coming), limit, ...(oldestMs === undefined ? {} : { freeAtMs: oldestMs + QUOTA_SPAN_MS }) };
  };
  const { person, room } = quotasOf(context, asker);
  return { person: use(person), room: use(room) };
}

/** Why there is no room for this request in the quotas; `undefined` where there is. */
export function quotaProblem(
  context: Context,
  asker: Asker,
  request: ImageRequest,
  task: Task | undefined,
  language: Language,
): Problem | undefined {
  const quotas = quotasOf(context, asker);
  const needs: Usage = { pictures: request.count, workMs: expectedMs(context.store, request, task, 0) };
  for (const whose of ['person', 'room'] as const) {
    const quota = quotas[whose];
    const used = sum(quota.past, quota.coming);
    for (const [what, unit] of [
      ['pictures', 'pictures'],
      ['seconds', 'workMs'],
    ] as const) {
      if (used[unit] + needs[unit] <= quota.limit[unit]) continue;
      const [usedNow, limit, asked] = [used, quota.limit, needs].map((use) =>
        unit === 'pictures' ? use.pictures : Math.round(use.workMs / 1000),
      );
      const atMs = roomAgainMs(context, quota, needs[unit], unit);
      const when = atMs === undefined ? {} : { freeIn: formatEta(atMs - context.now(), language) };
      return refuse('quota_used_up', { whose, what, used: usedNow ?? 0, limit: limit ?? 0, asked: asked ?? 0, ...when }).problem;
    }
  }
  return undefined;
}

/** When so much of what was used is older than the span that there is room; `undefined` where there never will be. */
function roomAgainMs({ store, now }: Context, { whose, coming, limit }: Quota, needs: number, unit: keyof Usage): number | undefined {
  const nowMs = now();
  if (needs > limit[unit]) return undefined;
  // What still waits counts from when it is drawn.
  if (coming[unit] + needs > limit[unit]) return nowMs + QUOTA_SPAN_MS;
  let [low, high] = [nowMs - QUOTA_SPAN_MS, nowMs + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (store.usage.since(whose, middle)[unit] + coming[unit] + needs <= limit[unit]) high = middle;
    else low = middle;
  }
  return high + QUOTA_SPAN_MS;
}

/** By measured pictures of the same kind; what was never measured costs nothing yet. */
export function expectedMs(store: Pick<Store, 'durations'>, request: ImageRequest, task: Task | undefined, done: number): number {
  const job = { request, ...(task === undefined ? {} : { task }) };
  let ms = 0;
  for (let index = done; index < request.count; index++) ms += store.durations.estimateMs(workload(job, index)) ?? 0;
  return ms;
}
