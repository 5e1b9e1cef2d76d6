import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { benchEngine } from './engine.ts';

export const embeddedModel: Bench = {
  name: 'engine',
  title: 'The engine, with the embedded model',
  async run() {
    if (!existsSync(join(import.meta.dirname, '../../models/embedded/model_index.json')))
      return { skip: 'there is no embedded model in models/' };
    return { rows: await benchEngine() };
  },
};
