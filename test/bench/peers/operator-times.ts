import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import type { BenchRow } from '../row.ts';
import type { PeerModel } from './model.ts';
import { titleOf } from './peer.ts';

const SIDE_PX = 256;
const kinds = ['convolutions', 'matrix products', 'attention', 'the rest'] as const;

type Kind = (typeof kinds)[number];
type Profile = {
  /** ms by kind of operator. */
  readonly unet: Readonly<Partial<Record<Kind, number>>>;
  readonly vae: Readonly<Partial<Record<Kind, number>>>;
  /** GFLOP/s. */
  readonly gemm: number;
  readonly conv: number;
};

/** What bounds the comparison with eager PyTorch: where both spend a step and a decoding, and how fast their bare products are. */
export async function operatorRows(python: string, model: PeerModel): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const kind of ['onnxruntime', 'eager'] as const) {
    const profile = await profileOf(python, kind, model);
    for (const [part, title] of [
      ['unet', 'a step'],
      ['vae', 'decoding'],
    ] as const) {
      rows.push(partRow(`where ${title} goes at ${SIDE_PX}²: ${titleOf[kind]}`, profile[part]));
    }
    rows.push({ name: `a matrix product of 2048³: ${titleOf[kind]}`, value: profile.gemm, unit: 'GFLOP/s' });
    rows.push({ name: `a 3×3 convolution of 320 channels at 64²: ${titleOf[kind]}`, value: profile.conv, unit: 'GFLOP/s' });
  }
  return rows;
}

function partRow(name: string, times: Profile['unet']): BenchRow {
  const total = kinds.reduce((sum, kind) => sum + (times[kind] ?? 0), 0);
  const note = kinds
    .map((kind) => `${kind} ${Math.round(times[kind] ?? 0)} ms (${Math.round((100 * (times[kind] ?? 0)) / total)} %)`)
    .join(', ');
  return { name, value: total, unit: 'ms', note };
}

async function profileOf(python: string, kind: 'onnxruntime' | 'eager', { shape, ...folders }: PeerModel): Promise<Profile> {
  const child = spawn(python, [join(import.meta.dirname, 'operator_times.py')], { stdio: ['pipe', 'pipe', 'pipe'] });
  const folder = kind === 'eager' ? folders.diffusersFolder : folders.onnxFolder;
  child.stdin.end(JSON.stringify({ kind, folder, side: SIDE_PX / 8, width: shape.unet['cross_attention_dim'] }));
  const [answer, complaints, [exitCode]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'exit')]);
  if (exitCode !== 0) throw new Error(`operator_times.py ended with ${exitCode}: ${complaints.trim().split('\n').at(-1)}`);
  return JSON.parse(answer.trim().split('\n').at(-1) ?? '') as Profile;
}
