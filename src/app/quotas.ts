import { currentLimits } from '#src/app/current-limits.ts';
import { workload } from '#src/app/job-messages.ts';
import { formatEta } from '#core/format.ts';
import type { Limits } from '#core/limits.ts';
import { refuse, type Problem } from '#core/problem.ts';
import type { Store } from '#core/store-port.ts';
import type { Usage } from '#core/team-store-ports.ts';
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
  return problemWith(context, asker, { pictures: request.count, workMs: expectedMs(context.store, request, task, 0) }, language);
}

/** The same for a picture of which nothing is known yet: said before anything is fetched or kept for it. */
export const usedUp = (context: Context, asker: Asker, language: Language): Problem | undefined =>
  problemWith(context, asker, { pictures: 1, workMs: 0 }, language);

function problemWith(context: Context, asker: Asker, needs: Usage, language: Language): Problem | undefined {
  const quotas = quotasOf(context, asker);
  const short = (['person', 'room'] as const).flatMap((whose) => lackOf(quotas[whose], needs, whose));
  const [first] = short;
  if (first === undefined) return undefined;
  const { atMs: _atMs, ...params } = first;
  // It waits for whatever is free last.
  const lastMs = Math.max(...short.map((lack) => lack.atMs(context) ?? Infinity));
  const when = Number.isFinite(lastMs) ? { freeIn: formatEta(lastMs - context.now(), language) } : {};
  return refuse('quota_used_up', { ...params, ...when }).problem;
}

type Lack = {
  readonly whose: 'person' | 'room';
  readonly what: 'pictures' | 'seconds';
  readonly used: number;
  readonly limit: number;
  readonly asked: number;
  /** When there is room again; `undefined` where there never is. */
  readonly atMs: (context: Context) => number | undefined;
};

/** What of a quota is too little, pictures before seconds. */
function lackOf(quota: Quota, needs: Usage, whose: Lack['whose']): readonly Lack[] {
  const used = sum(quota.past, quota.coming);
  const inSeconds = ({ workMs }: Usage): number => Math.round(workMs / 1000);
  const atMs = (context: Context): number | undefined => roomAgainMs(context, quota, needs);
  const { limit } = quota;
  return [
    ...(used.pictures + needs.pictures <= limit.pictures
      ? []
      : [{ whose, what: 'pictures' as const, used: used.pictures, limit: limit.pictures, asked: needs.pictures, atMs }]),
    ...(used.workMs + needs.workMs <= limit.workMs
      ? []
      : [{ whose, what: 'seconds' as const, used: inSeconds(used), limit: inSeconds(limit), asked: inSeconds(needs), atMs }]),
  ];
}

/** When so much of what was used is older than the span that there is room; `undefined` where there never will be. */
function roomAgainMs({ store, now }: Context, { whose, coming, limit }: Quota, needs: Usage): number | undefined {
  if (needs.pictures > limit.pictures || needs.workMs > limit.workMs) return undefined;
  const nowMs = now();
  const used = sum(store.usage.since(whose, nowMs - QUOTA_SPAN_MS), coming);
  const tooMuch = {
    pictures: used.pictures + needs.pictures - limit.pictures,
    workMs: used.workMs + needs.workMs - limit.workMs,
  };
  const freedMs = store.usage.reachedAt(whose, nowMs - QUOTA_SPAN_MS, tooMuch);
  // What still waits counts from when it is drawn.
  return freedMs === undefined ? nowMs + coming.workMs + QUOTA_SPAN_MS : freedMs + QUOTA_SPAN_MS + 1;
}

/** By measured pictures of the same kind; what was never measured costs nothing yet. */
export function expectedMs(store: Pick<Store, 'durations'>, request: ImageRequest, task: Task | undefined, done: number): number {
  const job = { request, ...(task === undefined ? {} : { task }) };
  const pictures = new Map<string, number>();
  for (let index = done; index < request.count; index++) {
    const kind = workload(job, index);
    pictures.set(kind, (pictures.get(kind) ?? 0) + 1);
  }
  return [...pictures].reduce((ms, [kind, count]) => ms + count * (store.durations.estimateMs(kind) ?? 0), 0);
}
