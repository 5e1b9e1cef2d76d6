/** Threat: unsafe weights. Wherever a graph hides what it wants to read or load, it is found before the runtime sees the file. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkGraph } from '#src/inference/model-folder.ts';
import { message, type Field } from '../bench/protobuf.ts';

const folder = mkdtempSync(join(tmpdir(), 'blitzbild-weights-'));
after(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'secret.bin'), Buffer.alloc(64));

const location = '../../etc/passwd';
const entry = (key: string, value: string): Field => [
  13,
  [
    [1, key],
    [2, value],
  ],
];
/** A TensorProto whose bytes lie elsewhere. */
const tensor = (...entries: readonly Field[]): readonly Field[] => [[1, 4], [2, 1], [8, 'w'], [14, 1], ...entries];
const outside = tensor(entry('location', location), entry('offset', '0'), entry('length', '16'));
const node = (operator: string, attribute?: readonly Field[], domain = ''): readonly Field[] => [
  [2, 'y'],
  [4, operator],
  [7, domain],
  ...(attribute === undefined ? [] : ([[5, attribute]] as const)),
];
const graphOf = (...fields: readonly Field[]): readonly Field[] => [[2, 'graph'], ...fields, [12, [[1, 'y']]]];
const modelOf = (graph: readonly Field[], ...more: readonly Field[]): Uint8Array => message([[1, 8], [8, [[2, 17]]], [7, graph], ...more]);

/** `If` with a branch in a branch. */
const within = (inner: readonly Field[]): readonly Field[] =>
  node('If', [
    [1, 'then_branch'],
    [6, graphOf([1, node('If', [[6, inner]])])],
  ]);

const readsElsewhere: Readonly<Record<string, Uint8Array>> = {
  'an initializer': modelOf(graphOf([1, node('Relu')], [5, outside])),
  'the second of two locations': modelOf(graphOf([5, tensor(entry('location', location), entry('location', 'secret.bin'))])),
  'the first of two locations': modelOf(graphOf([5, tensor(entry('location', 'secret.bin'), entry('location', location))])),
  'the value of a constant': modelOf(
    graphOf([
      1,
      node('Constant', [
        [1, 'value'],
        [5, outside],
      ]),
    ]),
  ),
  'one of several values': modelOf(graphOf([1, node('Constant', [[10, outside]])])),
  'the indices of a sparse tensor': modelOf(
    graphOf([
      15,
      [
        [1, tensor()],
        [2, outside],
      ],
    ]),
  ),
  'a sparse constant': modelOf(graphOf([1, node('Constant', [[22, [[1, outside]]]])])),
  'a branch within a branch': modelOf(graphOf([1, within(graphOf([5, outside]))])),
  'a constant within a branch within a branch': modelOf(graphOf([1, within(graphOf([1, node('Constant', [[5, outside]])]))])),
  'one of several bodies': modelOf(graphOf([1, node('Loop', [[11, graphOf([5, outside])]])])),
  'a function of its own': modelOf(graphOf([1, node('Relu')]), [
    25,
    [
      [1, 'f'],
      [7, node('Constant', [[5, outside]])],
    ],
  ]),
  'a second graph': modelOf(graphOf([1, node('Relu')]), [7, graphOf([5, outside])]),
};

const loadsLibraries: Readonly<Record<string, Uint8Array>> = {
  'an operator of another library': modelOf(graphOf([1, node('Evil', undefined, 'com.example')])),
  'one within a branch within a branch': modelOf(graphOf([1, within(graphOf([1, node('Evil', undefined, 'com.example')]))])),
  'one within a function': modelOf(graphOf([1, node('Relu')]), [
    25,
    [
      [1, 'f'],
      [7, node('Evil', undefined, 'evil')],
    ],
  ]),
  'one in a second graph': modelOf(graphOf([1, node('Relu')]), [7, graphOf([1, node('Evil', undefined, 'x.y.z')])]),
};

describe('a graph that reads files outside of its folder is refused, wherever it says so', () => {
  for (const [where, bytes] of Object.entries(readsElsewhere))
    test(where, () => {
      writeFileSync(join(folder, 'model.onnx'), bytes);
      assert.throws(() => checkGraph(folder, 'model.onnx', 'cpu'), { name: 'InferenceError', code: 'model_external_data' });
    });
});

describe('a graph that needs a library of its own is refused, wherever it does', () => {
  for (const [where, bytes] of Object.entries(loadsLibraries))
    test(where, () => {
      writeFileSync(join(folder, 'model.onnx'), bytes);
      assert.throws(() => checkGraph(folder, 'model.onnx', 'cpu'), { name: 'InferenceError', code: 'model_custom_ops' });
    });
});

test('the same shapes without anything foreign are let through', () => {
  const plain = tensor(entry('location', 'secret.bin'), entry('offset', '0'), entry('length', '16'));
  writeFileSync(join(folder, 'model.onnx'), modelOf(graphOf([1, within(graphOf([5, plain], [1, node('Relu')]))])));
  assert.ok(checkGraph(folder, 'model.onnx', 'cpu') > 0);
});
