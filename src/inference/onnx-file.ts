import { closeSync, fstatSync, openSync } from 'node:fs';
import { InferenceError } from './errors.ts';
import { FileCursor, UnexpectedEnd } from './protobuf-cursor.ts';

/** What a graph says about itself, read without onnxruntime and without its weights. */
export type OnnxFileSummary = {
  readonly sizeBytes: number;
  readonly operators: ReadonlySet<string>; // `Conv`, `com.microsoft.NhwcConv`
  readonly externalFiles: ReadonlyMap<string, number>; // location as written -> bytes that must be there
};

/**
 * Walks the protobuf of an ONNX file (onnx/onnx.proto3), skipping tensors' bytes.
 * Throws `model_truncated` if it is cut, empty, or no ONNX file at all.
 */
export function summariseOnnxFile(path: string, label: string): OnnxFileSummary {
  const fd = openSync(path, 'r');
  try {
    const sizeBytes = fstatSync(fd).size;
    const cursor = new FileCursor(fd, sizeBytes);
    rejectOtherFiles(cursor, label, sizeBytes);
    const walk = new GraphWalk(cursor);
    try {
      walk.model(sizeBytes);
    } catch (error) {
      if (!(error instanceof UnexpectedEnd)) throw error;
      throw new InferenceError('model_truncated', `${label} is cut off or damaged (${sizeBytes} bytes); download it again.`, {
        file: label,
        sizeBytes,
      });
    }
    if (!walk.hasGraph || !walk.hasOperatorSet)
      throw new InferenceError('model_truncated', `${label} has no whole graph in it (${sizeBytes} bytes); download it again.`, {
        file: label,
        sizeBytes,
      });
    return { sizeBytes, operators: walk.operators, externalFiles: walk.externalFiles };
  } finally {
    closeSync(fd);
  }
}

/** Things that downloads leave in a model's place. Also used for weight files. */
export function rejectOtherFiles(cursor: FileCursor, label: string, sizeBytes: number): void {
  if (sizeBytes === 0) throw new InferenceError('model_truncated', `${label} is empty; download it again.`, { file: label, sizeBytes });
  const head = cursor.peekText(200).trimStart();
  if (head.startsWith('version https://git-lfs')) {
    throw new InferenceError(
      'model_truncated',
      `${label} is a Git LFS pointer, not the file itself; run "git lfs pull" or download the file.`,
      { file: label, sizeBytes },
    );
  }
  if (/^(<!doctype|<html|<\?xml)/i.test(head)) {
    throw new InferenceError('model_truncated', `${label} is a web page, not a model; the download led to an error or sign-in page.`, {
      file: label,
      sizeBytes,
    });
  }
}

class GraphWalk {
  readonly operators = new Set<string>();
  readonly externalFiles = new Map<string, number>();
  hasGraph = false;
  hasOperatorSet = false;
  readonly #cursor: FileCursor;

  constructor(cursor: FileCursor) {
    this.#cursor = cursor;
  }

  /** ModelProto: 7 graph, 8 opset_import, 25 functions. */
  model(end: number): void {
    this.#cursor.fields(end, (field, stop) => {
      if (field === 7) this.#graph(stop);
      else if (field === 25) this.#cursor.fields(stop, (inner, innerStop) => inner === 7 && this.#node(innerStop));
      if (field === 7) this.hasGraph = true;
      if (field === 8) this.hasOperatorSet = true;
    });
  }

  /** GraphProto: 1 node, 5 initializer, 15 sparse_initializer (1 values, 2 indices). */
  #graph(end: number): void {
    this.#cursor.fields(end, (field, stop) => {
      if (field === 1) this.#node(stop);
      else if (field === 5) this.#tensor(stop);
      else if (field === 15) this.#sparseTensor(stop);
    });
  }

  /** NodeProto: 4 op_type, 5 attribute, 7 domain. */
  #node(end: number): void {
    let [operator, domain] = ['', ''];
    this.#cursor.fields(end, (field, stop) => {
      if (field === 4) operator = this.#cursor.text(stop);
      else if (field === 7) domain = this.#cursor.text(stop);
      else if (field === 5) this.#attribute(stop);
    });
    this.operators.add(domain === '' || domain === 'ai.onnx' ? operator : `${domain}.${operator}`);
  }

  /** AttributeProto: 5 t, 6 g, 10 tensors, 11 graphs, 22 sparse_tensor, 23 sparse_tensors. */
  #attribute(end: number): void {
    this.#cursor.fields(end, (field, stop) => {
      if (field === 5 || field === 10) this.#tensor(stop);
      else if (field === 6 || field === 11) this.#graph(stop);
      else if (field === 22 || field === 23) this.#sparseTensor(stop);
    });
  }

  #sparseTensor(end: number): void {
    this.#cursor.fields(end, (field, stop) => (field === 1 || field === 2) && this.#tensor(stop));
  }

  /** TensorProto: 13 external_data (StringStringEntryProto: 1 key, 2 value). */
  #tensor(end: number): void {
    const entries = new Map<string, string>();
    this.#cursor.fields(end, (field, stop) => {
      if (field !== 13) return;
      let [key, value] = ['', ''];
      this.#cursor.fields(stop, (inner, innerStop) => {
        if (inner === 1) key = this.#cursor.text(innerStop);
        else if (inner === 2) value = this.#cursor.text(innerStop);
      });
      entries.set(key, value);
      // Every one counts, whichever of two a reader would take.
      if (key === 'location') this.externalFiles.set(value, this.externalFiles.get(value) ?? 0);
    });
    const location = entries.get('location');
    if (location === undefined) return;
    const needed = Number(entries.get('offset') ?? 0) + Number(entries.get('length') ?? 0);
    this.externalFiles.set(location, Math.max(needed, this.externalFiles.get(location) ?? 0));
  }
}
