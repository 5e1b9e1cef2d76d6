import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { quantile, type BenchRow } from '../row.ts';
import { titleOf } from './peer.ts';
import type { Results, Task } from './rounds.ts';

/** Counted: four steps of SDXL's UNet at 1024×1024 without guidance, and its decoder. */
const PICTURE_TFLOP = 37.5;

/** How much of the GPU's arithmetic each gets, against the fastest matrix product on the same GPU in the same run. */
export async function floorRows(python: string, { measured }: Results, task: Task): Promise<readonly BenchRow[]> {
  const peak = await matrixTflops(python);
  const rows = [...measured].flatMap(([name, { samples }]) => {
    const seconds = quantile(
      (samples.get(task.name) ?? []).map(({ totalMs }) => totalMs / 1000),
      0.5,
    );
    return [
      { name: `${task.name}: ${titleOf[name]}`, value: PICTURE_TFLOP / seconds, unit: 'TFLOP/s', note: `${PICTURE_TFLOP} TFLOP a picture` },
      { name: `${task.name}: ${titleOf[name]}, part of the arithmetic floor`, value: floorPercent(seconds, peak), unit: '%' },
    ];
  });
  return [{ name: 'a float16 matrix product of 8192³ on this GPU', value: peak, unit: 'TFLOP/s' }, ...rows];
}

/** The time that the arithmetic alone would take, as a part of what it took. */
export const floorPercent = (seconds: number, peakTflops: number): number => (100 * PICTURE_TFLOP) / peakTflops / seconds;

async function matrixTflops(python: string): Promise<number> {
  const script = `
import time, torch
side = 8192
a, b = (torch.randn(side, side, device="cuda", dtype=torch.float16) for _ in range(2))
times = []
for _ in range(20):
    torch.cuda.synchronize(); started = time.perf_counter(); a @ b; torch.cuda.synchronize(); times.append(time.perf_counter() - started)
print(2 * side**3 / min(times) / 1e12)`;
  return Number((await promisify(execFile)(python, ['-c', script], { timeout: 120_000 })).stdout);
}
