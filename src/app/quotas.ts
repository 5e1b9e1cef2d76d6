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

/** What was used in the last 24 hours, and what waits and will be. */
export type QuotaUse = { readonly used: Usage; readonly limit: Usage; readonly freeAtMs?: number };

/** Of the person in all rooms of the platform, and of the room. */
export function quotaUse(context: Context, { platform, roomId, sender }: Asker): { readonly person: QuotaUse; readonly room: QuotaUse } {
  const { store, now } = context;
  const limits = currentLimits(context);
  const sinceMs = now() - QUOTA_SPAN_MS;
  const open = store.jobs.open().filter(({ origin }) => origin.platform === platform);
  const use = (whose: { platform: PlatformName; user?: UserId; room?: RoomId }, waiting: typeof open, limit: Usage): QuotaUse => {
    const past = store.usage.since(whose, sinceMs);
    const oldestMs = store.usage.oldestSince(whose, sinceMs);
    const coming = waiting.reduce((sum, job) => sum + job.request.count - job.images.length, 0);
    const comingMs = waiting.reduce((sum, job) => sum + expectedMs(store, job.request, job.task, job.images.length), 0);
    return {
      used: { pictures: past.pictures + coming, workMs: past.workMs + comingMs },
      limit,
      ...(oldestMs === undefined ? {} : { freeAtMs: oldestMs + QUOTA_SPAN_MS }),
    };
  };
  return {
    person: use(
      { platform, user: sender },
      open.filter(({ requestedBy }) => requestedBy === sender),
      { pictures: limits.maxPicturesPerPersonPerDay, workMs: limits.maxSecondsPerPersonPerDay * 1000 },
    ),
    room: use(
      { platform, room: roomId },
      open.filter(({ origin }) => origin.roomId === roomId),
      { pictures: limits.maxPicturesPerRoomPerDay, workMs: limits.maxSecondsPerRoomPerDay * 1000 },
    ),
  };
}

/** Why there is no room for this request in the quotas; `undefined` where there is. */
export function quotaProblem(
  context: Context,
  asker: Asker,
  request: ImageRequest,
  task: Task | undefined,
  language: Language,
): Problem | undefined {
  const uses = quotaUse(context, asker);
  const needs: Usage = { pictures: request.count, workMs: expectedMs(context.store, request, task, 0) };
  for (const whose of ['person', 'room'] as const) {
    const { used, limit, freeAtMs } = uses[whose];
    const freeIn =
      freeAtMs === undefined || needs.pictures > limit.pictures ? undefined : formatEta(Math.max(0, freeAtMs - context.now()), language);
    const when = freeIn === undefined ? {} : { freeIn };
    if (used.pictures + needs.pictures > limit.pictures)
      return refuse('quota_used_up', {
        whose,
        what: 'pictures',
        used: used.pictures,
        limit: limit.pictures,
        asked: needs.pictures,
        ...when,
      }).problem;
    if (used.workMs + needs.workMs > limit.workMs) {
      const [usedS, limitS, askedS] = [used.workMs, limit.workMs, needs.workMs].map((ms) => Math.round(ms / 1000));
      return refuse('quota_used_up', { whose, what: 'seconds', used: usedS ?? 0, limit: limitS ?? 0, asked: askedS ?? 0, ...when }).problem;
    }
  }
  return undefined;
}

/** By measured pictures of the same kind; what was never measured costs nothing yet. */
export function expectedMs(store: Pick<Store, 'durations'>, request: ImageRequest, task: Task | undefined, done: number): number {
  const job = { request, ...(task === undefined ? {} : { task }) };
  let sumMs = 0;
  for (let index = done; index < request.count; index++) sumMs += store.durations.estimateMs(workload(job, index)) ?? 0;
  return sumMs;
}
