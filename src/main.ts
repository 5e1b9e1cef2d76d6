import { join } from 'node:path';
import { activeModel } from '#src/app/active-model.ts';
import { Bot } from '#src/app/bot.ts';
import { mainFile } from '#src/backup/layout.ts';
import { ErasedPeopleFile } from '#src/backup/erased-people.ts';
import { ForgetRequests } from '#src/backup/forget-requests.ts';
import { SnapshotRequests, type SnapshotSource } from '#src/backup/snapshot-requests.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import type { Log } from '#src/app/log-port.ts';
import { isPaused } from '#src/app/pause.ts';
import type { Meter } from '#core/operations-port.ts';
import type { ProgramStatus } from '#src/chat/web/events.ts';
import { LocalRoom } from '#src/chat/web/local-room.ts';
import { systemClock, type Clock } from '#src/clock.ts';
import type { Config } from '#src/config.ts';
import { prefixFor } from '#core/command.ts';
import type { Voice } from '#core/message-codes.ts';
import type { ChatPlatform } from '#core/ports.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { localGallery } from '#src/local-gallery.ts';
import { openChecks, type OpenChecks } from '#src/picture-checks.ts';
import { privacyFacts } from '#src/privacy-facts.ts';
import { openMarking, type OpenMarking } from '#src/marking.ts';
import type { Operations } from '#src/operations.ts';
import { programVersion } from '#src/program-version.ts';
import type { ConnectionParts, ServerConnection } from '#src/server-connection.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { zipFiles } from '#src/finish/zip.ts';
import { styleFiles } from '#src/styles/style-files.ts';
import { shippedStyles } from '#src/styles-file.ts';
import { seedStyles } from '#src/app/seed-styles.ts';
import { FileImageStore } from '#src/store/images-files.ts';
import { makePrivate } from '#src/store/private-folder.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { openCatalogue, type Catalogue } from '#src/weights/catalogue.ts';

export type Running = {
  readonly roomUrl: string | undefined;
  readonly roomUrlWithToken: string | undefined;
  /** Resolves where the store can't be used any more, with why: nothing can be done but to end. */
  readonly broken: Promise<Error>;
  close(): Promise<void>;
};

/** The parts that every way of running needs. */
export type Core = {
  readonly store: SqliteStore;
  readonly images: FileImageStore;
  readonly catalogue: Catalogue;
  readonly engine: ChildProcessEngine;
  readonly marks: OpenMarking;
  readonly looks: OpenChecks;
  /** Resolves where the store can't be used any more, with why: nothing can be done but to end. */
  readonly broken: Promise<Error>;
};

/**
 * Opens store, pictures, models and engine, and registers their end.
 * @throws StoreInUseError when another process works in the data folder
 */
export async function openCore(
  config: Config,
  log: Log,
  parts: AsyncDisposableStack,
  storePath = join(config.dataFolder, 'blitzbild.sqlite'),
  now: Clock['now'] = systemClock.now,
): Promise<Core> {
  const closed = makePrivate(config.dataFolder, config.modelFolders, join(config.dataFolder, 'keys'));
  if (closed > 0) log.info({ files: closed }, 'The data folder could be read by others, and is now for its owner alone');
  const catalogue = await openCatalogue({ folders: config.modelFolders, active: config.model });
  const store = parts.adopt(new SqliteStore(storePath), (opened) => opened.close());
  const broken = watchStore(store, log);
  seedStyles(store.styles, shippedStyles(config), now());
  const images = await FileImageStore.open({ folder: join(config.dataFolder, 'images'), maxBytes: config.storage.maxBytes });
  const engine = parts.adopt(createEngine(config, catalogue, log), async (started) => started.close());
  const marks = parts.use(openMarking(config, { log, now, program: `Blitzbild ${programVersion()}` }));
  const looks = await openChecks(config, log, parts);
  return { store, images, catalogue, engine, marks, looks, broken };
}

export const createEngine = (config: Config, catalogue: Catalogue, log: Log): ChildProcessEngine =>
  new ChildProcessEngine({
    folderOf: (model) => catalogue.folder(model),
    upscalerFolder: catalogue.upscalerFolder,
    environment: config.environment,
    graphCache: config.graphCache,
    providers: config.providers,
    standstillLimitMs: config.engine.standstillMs,
    log: (level, sentence, fields) => log[level](fields, sentence),
  });

/**
 * Loads the active model meanwhile. A failure is logged here; whoever asks for a picture is told it as well. A model that gives way to
 * another, which the first message asks for, has not failed.
 */
export function beginLoading({ store, engine, catalogue }: Core, log: Log, parts: AsyncDisposableStack): void {
  let isClosing = false;
  parts.defer(() => {
    isClosing = true;
  });
  engine.start(activeModel({ store, models: catalogue })).catch((error: unknown) => {
    if (!isClosing && engine.status().state === 'failed') log.error({ err: error }, 'The engine did not start');
  });
}

/** The use cases on these parts; `platforms` are started by the caller. */
export function createBot(
  config: Config,
  log: Log,
  { store, images, catalogue, engine, marks, looks }: Core,
  platforms: readonly ChatPlatform[],
  { now, timers }: Clock = systemClock,
  meter?: Meter,
): Bot {
  const bot = new Bot({
    store,
    images,
    engine,
    models: catalogue,
    ...marks.marking,
    checks: looks.checks,
    promptLists: looks.promptLists,
    retention: config.retention,
    privacy: () => privacyFacts(config, catalogue),
    finisher: marks.finisher,
    studio: marks.studio,
    styleFiles,
    zip: zipFiles,
    admins: config.admins,
    erasedPeople: new ErasedPeopleFile(config.dataFolder),
    timeZone: config.timeZone,
    previews: config.previews,
    platforms,
    prefixes: config.prefixes,
    limits: config.limits,
    fingerprint: (model) => catalogue.fingerprint(model),
    voice: voiceOf(config),
    log,
    ...(meter === undefined ? {} : { meter }),
    now,
    timers,
    random: Math.random,
  });
  store.onAccepted = () => bot.wake();
  store.onQueued = (platform) => bot.deliver(platform);
  return bot;
}

/** How the bot speaks where nobody has chosen. */
const voiceOf = ({ language, prefixes }: Config): Voice => ({ language, prefix: prefixFor(prefixes, language) });

export type Starting = {
  /** A line for whoever watches the start. */
  readonly say: (line: string) => void;
  /** Ends a start that still waits for a server. */
  readonly signal: AbortSignal;
  /** The system's where none is given. */
  readonly clock?: Clock;
};

/** The ways to the servers that are configured, each loaded only where it is used: nobody who makes one picture waits for Matrix. */
async function openConnections(config: Config, parts: ConnectionParts): Promise<readonly ServerConnection[]> {
  const { matrix, mattermost } = config;
  return [
    ...(matrix === undefined ? [] : [(await import('#src/matrix-connection.ts')).matrixConnection(config, matrix, parts)]),
    ...(mattermost === undefined ? [] : [(await import('#src/mattermost-connection.ts')).mattermostConnection(config, mattermost, parts)]),
  ];
}

/** Loaded only where it is used, as the servers are. */
async function openOperations(config: Config, log: Log): Promise<Operations> {
  const { Operations: Opened } = await import('#src/operations.ts');
  return new Opened(config, log);
}

/** Opens every part, takes up what an earlier process left, and serves until `close`. */
export async function start(config: Config, log: Log, { say, signal, clock = systemClock }: Starting): Promise<Running> {
  await using parts = new AsyncDisposableStack();
  const core = await openCore(config, log, parts, undefined, clock.now);
  const { store, images, broken } = core;
  const { now } = clock;
  const operations = config.operations.enabled
    ? parts.adopt(await openOperations(config, log), async (opened) => opened.close())
    : undefined;
  const room = config.room.enabled ? createRoom(config, core, log, now) : undefined;
  const connections = await openConnections(config, { store, assertRoom: () => store.assertRoom(), images, log, say, now });
  const platforms = [...(room === undefined ? [] : [room]), ...connections.map(({ platform }) => platform)];
  const bot = createBot(config, log, core, platforms, clock, operations?.meter);
  parts.defer(async () => bot.close());
  const sources = (): readonly SnapshotSource[] => [
    { file: mainFile, snapshot: async (path) => store.snapshot(path) },
    ...connections.flatMap(({ snapshotSources }) => snapshotSources),
  ];
  parts.use(await SnapshotRequests.open(config.dataFolder, sources, log));
  parts.use(await ForgetRequests.open(config.dataFolder, async (person) => bot.forget(person), log));
  // Before anything is waited for: that a server is away must be seen from outside.
  await operations?.listen(core, connections, now);

  // The engine loads while the rooms open; a picture asked for meanwhile waits in the queue.
  beginLoading(core, log, parts);
  if (room !== undefined) {
    await room.start(store.inbox('room'));
    parts.defer(async () => room.close());
  }
  bot.start();
  const joining = connections.map((connection) => {
    const others = connections.filter((other) => other !== connection).map(({ title }) => title);
    const joined = connection.connect([...(room === undefined ? [] : ['the local room']), ...others]);
    parts.defer(async () => {
      await connection.close();
      // Where it failed, that has been told already.
      await joined.catch(() => {});
    });
    signal.addEventListener('abort', () => void connection.close(), { once: true });
    return joined;
  });
  // Nobody can talk to the bot before one of them is there.
  if (room === undefined) await Promise.race(joining);
  const opened = parts.move();
  return { roomUrl: room?.url, roomUrlWithToken: room?.urlWithToken, broken, close: async () => opened.disposeAsync() };
}

/** What befalls the store is told once, not by everyone who meets it. */
async function watchStore(store: SqliteStore, log: Log): Promise<Error> {
  store.onFull = (isFull) => {
    if (isFull) log.error({}, 'The disk is full: nothing that was accepted is lost, and the work goes on by itself when there is room');
    else log.info({}, 'The disk has room again: the work goes on');
  };
  return new Promise((resolve) => {
    store.onBroken = resolve;
  });
}

/** Sent with every change of the status: how many things the model knows, not which. */
const shownModel = ({ name, title, licence, examples, vocabulary }: ModelInfo): NonNullable<ProgramStatus['model']> => ({
  name,
  title,
  licence,
  examples,
  ...(vocabulary === undefined ? {} : { things: vocabulary.things.length }),
});

function createRoom(config: Config, { store, images, engine, catalogue }: Core, log: Log, now: Clock['now']): LocalRoom {
  const model = (): ModelInfo | undefined => catalogue.get(activeModel({ store, models: catalogue }));
  const { host, port, token, allowedHosts } = config.room;
  return new LocalRoom({
    host,
    port,
    ...(token === undefined ? {} : { token }),
    allowedHosts,
    history: store.history,
    images,
    transaction: (work) => store.transaction(work),
    commandPrefixes: config.prefixes,
    language: config.language,
    status: () => {
      const open = store.jobs.open();
      const running = open.filter((job) => job.state === 'running').length;
      const active = model();
      return {
        engine: engine.status(),
        ...(active === undefined ? {} : { model: shownModel(active) }),
        queue: { waiting: open.length - running, running, ...(isPaused(store) ? { paused: true } : {}) },
      };
    },
    vocabulary: () => model()?.vocabulary,
    gallery: () => localGallery(store, config.language),
    maxUploadMegabytes: () => currentLimits({ store, limits: config.limits }).maxUploadMegabytes,
    log,
    now,
  });
}
