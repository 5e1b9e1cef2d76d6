/** The program on Matrix as `blitzbild start` composes it, but for the engine's child. Its folder and environment are the test's. */
import { join } from 'node:path';
import { readConfig } from '#src/config.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { createLog } from '#src/log.ts';
import { beginLoading, createBot, openCore } from '#src/main.ts';
import { matrixConnection } from '#src/matrix-connection.ts';
import { Operations } from '#src/operations.ts';
import { systemClock } from '#src/clock.ts';

const config = readConfig(process.cwd(), process.env);
if (config.matrix === undefined) throw new Error('The load goes over a homeserver.');
const log = createLog('warn');
await using parts = new AsyncDisposableStack();
const opened = await openCore(config, log, parts);
const engine = parts.adopt(
  new ChildProcessEngine({
    folderOf: (model) => opened.catalogue.folder(model),
    environment: {},
    providers: ['cpu'],
    childModule: join(import.meta.dirname, 'quick-child.ts'),
  }),
  async (started) => started.close(),
);
const core = { ...opened, engine };
const { store, images } = core;
const { now } = systemClock;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const matrix = matrixConnection(config, config.matrix, { store, assertRoom: () => store.assertRoom(), images, log, say, now });
const operations = parts.adopt(new Operations(config, log), async (started) => started.close());
const bot = createBot(config, log, core, [matrix.platform], systemClock, operations.meter);
parts.defer(async () => bot.close());
await operations.listen(core, [matrix], now);
beginLoading(core, log, parts);
bot.start();
parts.defer(async () => matrix.close());
const stopped = new Promise<void>((resolve) => process.once('SIGTERM', resolve));
await matrix.connect([]);
await stopped;
