import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '#src/app/log-port.ts';
import type { Config } from '#src/config.ts';
import type { Clock } from '#src/clock.ts';
import type { Core } from '#src/main.ts';
import { programVersion } from '#src/program-version.ts';
import type { ServerConnection } from '#src/server-connection.ts';
import { OperationsServer } from '#src/http/operations-server.ts';
import type { GaugeSources, Space } from '#src/http/gauges.ts';
import type { Check, CheckResult, Meter } from '#core/operations-port.ts';

/** Less is not enough for the pictures of a minute and the database's log. */
const LEAST_FREE_BYTES = 256e6;
const NEARLY = 0.99;
/** Each server answers at least twice a minute, news or not. */
const MOST_SILENT_MS = 120_000;

/** The port was named in the settings, and something else has it. */
export class OperationsPortError extends Error {
  override readonly name = 'OperationsPortError';
}

/** Health and numbers for operators, with where they come from. */
export class Operations {
  readonly #config: Config;
  readonly #log: Log;
  readonly #server: OperationsServer;
  readonly meter: Meter;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
    const { host, port } = config.operations;
    this.#server = new OperationsServer({ host, port, log });
    this.meter = this.#server.meter;
  }

  /**
   * Opens the port. Where nobody chose it and another program has it, such as a second bot, the bot goes on without.
   * @throws OperationsPortError where it was chosen
   */
  async listen(core: Core, connections: readonly ServerConnection[], now: Clock['now']): Promise<void> {
    const { host, port, isChosen } = this.#config.operations;
    try {
      const opened = await this.#server.listen({
        ...gaugeSources(this.#config, core, connections, now),
        checks: checks(this.#config, core, connections),
      });
      this.#log.info({ host, port: opened }, 'Health and metrics can be asked for');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      const sentence = `the port for health and metrics, ${host}:${port}, can't be opened (${code}): set BLITZBILD_OPERATIONS_PORT to a free one, or operations.enabled to false`;
      if (isChosen) throw new OperationsPortError(`${sentence}.`, { cause: error });
      this.#log.warn({ port, code }, `Health and metrics are off: ${sentence}`);
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

function gaugeSources(
  config: Config,
  { store, images, engine, marks }: Core,
  connections: readonly ServerConnection[],
  now: Clock['now'],
): GaugeSources {
  const { daysLeft } = marks.manifests;
  return {
    figures: () => store.figures(now()),
    engine: () => ({ state: engine.status().state, restarts: engine.restarts }),
    servers: connections.map((connection) => ({ platform: connection.name, activity: () => connection.activity() })),
    space: async (): Promise<Space> => ({
      picturesBytes: images.usedBytes,
      picturesMaxBytes: config.storage.maxBytes,
      databaseBytes: ['', '-wal']
        .map((end) => sizeOf(join(config.dataFolder, `blitzbild.sqlite${end}`)))
        .reduce((sum, bytes) => sum + bytes),
      diskFreeBytes: await freeBytes(config.dataFolder),
    }),
    ...(daysLeft === undefined ? {} : { certificateDays: daysLeft }),
    version: programVersion(),
  };
}

/** What must be so before people are served. */
function checks(config: Config, { store, images, engine }: Core, connections: readonly ServerConnection[]): readonly Check[] {
  return [
    ...connections.map((connection) => ({ name: connection.check, check: () => connection.health(MOST_SILENT_MS) })),
    {
      name: 'engine',
      // Loading is no failure: pictures that are asked for meanwhile wait.
      check: () => {
        const { state, failure } = engine.status();
        return verdict(state !== 'failed', () => `no picture can be drawn (${failure ?? 'unknown'}): blitzbild doctor says why`);
      },
    },
    {
      name: 'store',
      check: () => {
        try {
          store.probe();
          return { ok: true };
        } catch (error) {
          const reason = error instanceof Error ? error.message : 'unknown';
          return {
            ok: false,
            reason: `the database can't be written (${reason}): look at the disk and at the rights of ${config.dataFolder}`,
          };
        }
      },
    },
    {
      name: 'disk',
      check: async () => {
        const free = await freeBytes(config.dataFolder);
        return verdict(free >= LEAST_FREE_BYTES, () => `only ${Math.round(free / 1e6)} MB are free where the data are: make room`);
      },
    },
    {
      name: 'pictures',
      check: () =>
        verdict(
          images.usedBytes < config.storage.maxBytes * NEARLY,
          () =>
            `the space for pictures is used up (storage.maxGigabytes ${config.storage.maxBytes / 1e9}): raise it, or delete old pictures`,
        ),
    },
  ];
}

const verdict = (ok: boolean, reason: () => string): CheckResult => (ok ? { ok } : { ok, reason: reason() });

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
