import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Bench } from '../bench.ts';

/** `alarms` is shared: its only element counts them. */
export type AlarmTask = { readonly from: number; readonly step: number; readonly count: number; readonly alarms: Int32Array };

const worker = new URL('./alarm-worker.ts', import.meta.url);

export const falseAlarms: Bench = {
  name: 'watermark-alarms',
  title: 'Marks that are found where there are none',
  async run({ quick }) {
    const count = quick ? 200 : 10_000;
    const step = availableParallelism();
    const alarms = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    await Promise.all(
      Array.from({ length: step }, async (_, from) => {
        const workerData: AlarmTask = { from, step, count, alarms };
        const [code] = (await once(new Worker(worker, { workerData }), 'exit')) as [number];
        if (code !== 0) throw new Error(`a worker ended with ${code}`);
      }),
    );
    return {
      rows: [
        {
          name: `found in ${count} unmarked pictures`,
          value: alarms[0]!,
          unit: '',
          target: 0,
          note: 'drawings, textures, gradients and grain of 192 to 384 pixels, each searched for a cut mark as well; a key of its own each',
        },
      ],
    };
  },
};
