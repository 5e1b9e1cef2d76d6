import { Counter, Gauge, type Registry } from 'prom-client';
import type { Figures } from '#core/operations-port.ts';
import type { EngineStatus } from '#core/ports.ts';
import type { PlatformName } from '#core/types.ts';
import type { Readiness } from './readiness.ts';

export type Space = {
  readonly picturesBytes: number;
  readonly picturesMaxBytes: number;
  readonly databaseBytes: number;
  readonly diskFreeBytes: number;
};

/** `failures`: of all tries so far. `sinceStepMs`: since the server's last news, or since the start where there never were any. */
export type SyncActivity = { readonly failures: number; readonly sinceStepMs: number };

/** Asked before every answer to Prometheus; where one throws, its numbers are left out. */
export type GaugeSources = {
  readonly figures: () => Figures;
  readonly engine: () => { readonly state: EngineStatus['state']; readonly restarts: number };
  /** Those that are configured. */
  readonly servers: readonly { readonly platform: PlatformName; readonly activity: () => SyncActivity }[];
  readonly space: () => Promise<Space>;
  /** Days until the certificate that pictures are signed with expires; absent where none is signed with. */
  readonly certificateDays?: () => number;
  readonly version: string;
};

const engineStates = ['starting', 'ready', 'restarting', 'failed', 'closed'] as const;

/**
 * Registers the numbers that are looked up rather than counted as things happen.
 * @param ready what `/readyz` answers
 * @param onFailure hears of what could not be looked up
 * @returns looks them up anew
 */
export function registerGauges(
  register: Registry,
  sources: GaugeSources,
  ready: () => Promise<Readiness>,
  onFailure: (error: unknown) => void,
): () => Promise<void> {
  const refreshers = [
    queue(register, sources),
    engine(register, sources),
    ...servers(register, sources),
    space(register, sources),
    ...certificate(register, sources),
    checks(register, ready),
  ];
  gauge(register, 'build_info', 'Always 1; its labels say what runs', ['version', 'node']).set(
    { version: sources.version, node: process.version },
    1,
  );
  return async () => {
    for (const refresh of refreshers) {
      try {
        await refresh();
      } catch (error) {
        onFailure(error);
      }
    }
  };
}

type Refresh = () => void | Promise<void>;

const gauge = <Label extends string = never>(
  register: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Gauge<Label> => new Gauge({ name: `blitzbild_${name}`, help, labelNames: [...labelNames], registers: [register] });

function queue(register: Registry, { figures }: GaugeSources): Refresh {
  const jobs = gauge(register, 'queue_jobs', 'Jobs that are not finished', ['state']);
  const oldestJob = gauge(register, 'queue_oldest_seconds', 'Age of the oldest job that is not finished');
  const pictures = gauge(register, 'queue_pictures', 'Pictures that are neither made nor begun');
  const unhandled = gauge(register, 'inbox_events', 'Events that came and are not handled');
  const inboxLag = gauge(register, 'inbox_lag_seconds', 'Age of the oldest event that is not handled');
  const pending = gauge(register, 'outbox_pending', 'Messages that wait to be sent', ['platform']);
  const oldestMessage = gauge(register, 'outbox_oldest_seconds', 'Age of the oldest message that waits to be sent', ['platform']);
  const plans = gauge(register, 'plans_active', 'Schedules that are neither paused nor over');
  return () => {
    // Old numbers of a store that can't be read any more would look like a quiet night.
    for (const each of [oldestJob, pictures, unhandled, inboxLag, plans]) each.remove();
    for (const each of [jobs, pending, oldestMessage]) each.reset();
    const now = figures();
    jobs.set({ state: 'waiting' }, now.jobs.waiting);
    jobs.set({ state: 'running' }, now.jobs.running);
    oldestJob.set(now.jobs.oldestAgeMs / 1000);
    pictures.set(now.picturesWaiting);
    unhandled.set(now.inbox.unhandled);
    inboxLag.set(now.inbox.oldestAgeMs / 1000);
    plans.set(now.activePlans);
    for (const { platform, pending: count, oldestAgeMs } of now.outbox) {
      pending.set({ platform }, count);
      oldestMessage.set({ platform }, oldestAgeMs / 1000);
    }
  };
}

function engine(register: Registry, sources: GaugeSources): Refresh {
  const states = gauge(register, 'engine_state', '1 for the state that the engine is in', ['state']);
  const restarts = new Counter({
    name: 'blitzbild_engine_restarts_total',
    help: 'How often the engine ended by itself and was started again',
    registers: [register],
  });
  return () => {
    const now = sources.engine();
    for (const state of engineStates) states.set({ state }, state === now.state ? 1 : 0);
    restarts.reset();
    restarts.inc(now.restarts);
  };
}

function servers(register: Registry, { servers: configured }: GaugeSources): readonly Refresh[] {
  if (configured.length === 0) return [];
  const age = gauge(register, 'sync_age_seconds', 'Since the server last answered the question for news, or since the start', ['platform']);
  const failures = new Counter({
    name: 'blitzbild_sync_failures_total',
    help: 'Tries to connect, and questions for news, that the server did not answer as it should',
    labelNames: ['platform'],
    registers: [register],
  });
  // What can't be told of one is told of the others all the same.
  return configured.map(({ platform, activity }) => () => {
    for (const each of [age, failures]) each.remove({ platform });
    const now = activity();
    age.set({ platform }, now.sinceStepMs / 1000);
    failures.inc({ platform }, now.failures);
  });
}

function checks(register: Registry, ready: () => Promise<Readiness>): Refresh {
  const answers = gauge(register, 'ready', '1 for a check of /readyz that is content, 0 for one that fails', ['check']);
  return async () => {
    const now = await ready();
    for (const [check, { ok }] of Object.entries(now.checks)) answers.set({ check }, ok ? 1 : 0);
  };
}

function space(register: Registry, sources: GaugeSources): Refresh {
  const pictures = gauge(register, 'pictures_bytes', 'Pictures and other files that are kept');
  const most = gauge(register, 'pictures_max_bytes', 'storage.maxGigabytes in bytes');
  const database = gauge(register, 'database_bytes', 'The database with its log');
  const free = gauge(register, 'disk_free_bytes', 'Free where the data are kept');
  return async () => {
    const now = await sources.space().catch((error: unknown) => {
      // Old numbers would look like space that there may not be any more.
      for (const each of [pictures, most, database, free]) each.remove();
      throw error;
    });
    pictures.set(now.picturesBytes);
    most.set(now.picturesMaxBytes);
    database.set(now.databaseBytes);
    free.set(now.diskFreeBytes);
  };
}

function certificate(register: Registry, { certificateDays }: GaugeSources): readonly Refresh[] {
  if (certificateDays === undefined) return [];
  const days = gauge(register, 'signing_certificate_days', 'Until the certificate that signs pictures expires; negative afterwards');
  return [() => days.set(certificateDays())];
}
