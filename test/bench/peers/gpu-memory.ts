import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a process holds of an NVIDIA GPU's memory, MB; `undefined` where nvidia-smi doesn't know the process, as in some containers. */
export async function heldGpuMb(pid: number): Promise<number | undefined> {
  const argv = ['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'];
  const answer = await promisify(execFile)('nvidia-smi', argv, { timeout: 20_000 }).catch(() => undefined);
  return answer === undefined ? undefined : heldIn(answer.stdout, pid);
}

/** From lines such as `1234, 5678` (process, MiB). */
export function heldIn(lines: string, pid: number): number | undefined {
  const mebibytes = lines
    .split('\n')
    .map((line) => line.split(',').map(Number))
    .filter(([found, held]) => found === pid && Number.isFinite(held))
    .map(([, held = 0]) => held);
  return mebibytes.length === 0 ? undefined : (mebibytes.reduce((sum, held) => sum + held, 0) * 2 ** 20) / 1e6;
}
