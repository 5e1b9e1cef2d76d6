import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { descendants, until } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const shipped = resolve(import.meta.dirname, '../../../models/embedded');

/** A file of the model, or all of it. */
const parts = ['unet/model.onnx', 'vae_decoder/model.onnx', 'tokenizer', 'model_index.json', ''];

const modelVanishes: FaultRow = {
  number: 30,
  title: 'Model file vanishes',
  injected:
    'a file of the model, or its folder, is moved away while the bot works, before its engine starts anew, and before the bot starts',
  runs: { bounded: 1, full: 4 },
  skip: async () => (process.platform === 'linux' ? synapseSkipReason() : 'only Linux tells which process draws'),
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    await place.program.stop();
    const models = place.workplace.path('data', 'models');
    await cp(shipped, join(models, 'own'), { recursive: true });
    const manifest = JSON.parse(await readFile(join(shipped, 'blitzbild.json'), 'utf8')) as object;
    await writeFile(join(models, 'own', 'blitzbild.json'), JSON.stringify({ ...manifest, name: 'own' }));
    await place.start();
    const offset = Math.floor(random() * 2);
    for (let run = 1; run <= runs; run += 1) {
      const part = parts[Math.floor(random() * parts.length)] ?? '';
      const [there, away] = [join(models, 'own', part), join(models, `.away-${run}`)];
      const own = (seed: number): string => `${fox(seed)} --model own`;
      await place.answered([await place.say(own(run))]);
      const isBeforeStart = (run + offset) % 2 === 0;
      if (isBeforeStart) await place.program.stop();
      await rename(there, away);
      if (isBeforeStart) await place.start();
      else await endEngine(place);
      const told = await place.say(own(100 + run));
      // Another model is no worse for it.
      const other = await place.say(fox(200 + run));
      await place.answered([told, other]);
      const verdict = (command: string) => place.verdicts().find((each) => each.command === command);
      if (verdict(told)?.pictures.size !== 0 || verdict(told)?.ends.length !== 1)
        throw new Error(`Without ${part || 'its folder'} the model drew: ${verdict(told)?.ends.join(' | ')}`);
      if (verdict(other)?.pictures.size !== 1) throw new Error(`The other model did not draw: ${verdict(other)?.ends.join(' | ')}`);
      await rename(away, there);
      // What the bot did not find when it started, it finds when it starts again.
      if (isBeforeStart) {
        await place.program.stop();
        await place.start();
      }
      const again = await place.say(own(300 + run));
      await place.answered([again]);
      if (verdict(again)?.pictures.size !== 1)
        throw new Error(`With all its files the model did not draw: ${verdict(again)?.ends.join(' | ')}`);
    }
    return await place.reckon(runs);
  },
};

/** What it has loaded is gone with it. One that gave way to another model may still be ending beside it. */
async function endEngine({ program }: FaultPlace): Promise<void> {
  const engines = await descendants(program.pid);
  if (engines.length === 0) throw new Error('No engine runs.');
  for (const engine of engines) {
    try {
      process.kill(engine, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
  await until('the engine is gone', async () => ((await descendants(program.pid)).some((pid) => engines.includes(pid)) ? undefined : true));
}

export const rows: readonly FaultRow[] = [modelVanishes];
