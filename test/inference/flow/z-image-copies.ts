import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Graph, OutputTensor } from '../../../src/inference/graph.ts';
import type { FeedTensor, TensorInfo, TensorType } from '../../../src/inference/tensor.ts';
import { fixturePath } from '../../golden/fixtures.ts';

const workspace = mkdtempSync(join(tmpdir(), 'z-image-'));
after(() => rmSync(workspace, { recursive: true, force: true }));
let copies = 0;

/** A copy of a tiny published folder that a test may damage. */
export function copyZImage(layout: 'frames' | 'plain' = 'frames'): string {
  const folder = join(workspace, `${layout}-${copies++}`);
  cpSync(fixturePath(`flow-models/${layout}`), folder, { recursive: true });
  return folder;
}

/** The same graphs in the shape of a Diffusers folder. */
export function asDiffusersFolder(): string {
  const folder = copyZImage();
  for (const part of ['text_encoder', 'transformer', 'vae_decoder', 'vae_encoder']) {
    mkdirSync(join(folder, part));
    renameSync(join(folder, `onnx/${part}_model.onnx`), join(folder, part, 'model.onnx'));
  }
  renameSync(join(folder, 'onnx/transformer_model.onnx_data'), join(folder, 'transformer/transformer_model.onnx_data'));
  rmSync(join(folder, 'onnx'), { recursive: true });
  writeJson(folder, 'model_index.json', { _class_name: 'ZImagePipeline' });
  writeJson(folder, 'scheduler/scheduler_config.json', { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 3 });
  writeJson(folder, 'vae/config.json', { scaling_factor: 0.3611, shift_factor: 0.1159, block_out_channels: [4, 4, 8, 8] });
  return folder;
}

export function writeJson(folder: string, file: string, value: object): void {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), JSON.stringify(value));
}

type Shapes = Readonly<Record<string, readonly [TensorType, readonly (number | string)[]]>>;

/** A graph that answers with what `run` says, and keeps what it was fed. */
export function fakeGraph(
  inputs: Shapes,
  outputs: Shapes,
  run: (feeds: Readonly<Record<string, FeedTensor>>) => OutputTensor = () => ({ dims: [0], values: new Float32Array() }),
): Graph & { readonly fed: Record<string, { dims: readonly number[]; data: number[] }>[] } {
  const infos = (shapes: Shapes): ReadonlyMap<string, TensorInfo> =>
    new Map(Object.entries(shapes).map(([name, [type, shape]]) => [name, { name, type, shape }]));
  const fed: Record<string, { dims: readonly number[]; data: number[] }>[] = [];
  return {
    label: 'fake/model.onnx',
    inputs: infos(inputs),
    outputs: infos(outputs),
    fed,
    run(feeds) {
      fed.push(Object.fromEntries(Object.entries(feeds).map(([name, { dims, data }]) => [name, { dims, data: Array.from(data, Number) }])));
      return Promise.resolve(new Map([[Object.keys(outputs)[0]!, run(feeds)]]));
    },
  };
}
