/** A text encoder in place of a graph: it keeps the ids it was given, and answers with numbers that tell id and place. */
import type { Graph, OutputTensor } from '../../src/inference/graph.ts';
import type { TensorInfo } from '../../src/inference/tensor.ts';

export type RecordingEncoder = Graph & { readonly runs: number[][] };

type Shape = { readonly width?: number; readonly outputs?: readonly string[]; readonly float16?: boolean; readonly label?: string };

/** Every output but text_embeds is [1, tokens, width]; `hidden_states.k` adds k to each value. */
export function recordingEncoder({
  width = 2,
  outputs = ['last_hidden_state'],
  float16 = false,
  label = 'text_encoder/model.onnx',
}: Shape = {}): RecordingEncoder {
  const runs: number[][] = [];
  const type = float16 ? 'float16' : 'float32';
  const info = (name: string): TensorInfo => ({ name, type, shape: name === 'text_embeds' ? [1, width] : [1, 'tokens', width] });
  return {
    label,
    runs,
    inputs: new Map([['input_ids', { name: 'input_ids', type: 'int64', shape: [1, 'tokens'] }]]),
    outputs: new Map(outputs.map((name) => [name, info(name)])),
    run: async (feeds) => {
      const ids = Array.from(feeds['input_ids']!.data as BigInt64Array, Number);
      runs.push(ids);
      const answer = (name: string): OutputTensor => {
        const layer = Number(/\d+$/.exec(name)?.[0] ?? 0);
        const numbers =
          name === 'text_embeds'
            ? Array.from({ length: width }, () => ids[1]!)
            : ids.flatMap((id, place) => Array.from({ length: width }, () => id + place / 128 + layer));
        return {
          dims: name === 'text_embeds' ? [1, width] : [1, ids.length, width],
          values: float16 ? new Float16Array(numbers) : new Float32Array(numbers),
        };
      };
      return new Map(outputs.map((name) => [name, answer(name)]));
    },
  };
}
