import './no-telemetry.ts';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { env, InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { InferenceError } from './errors.ts';
import { cachedGraph, WEIGHTS_FILE, type CachedGraph, type GraphCacheOptions, type GraphDraft } from './graph-cache.ts';
import type { Graph, OutputTensor } from './graph.ts';
import { explainOnnxError } from './onnx-error.ts';
import type { FeedTensor, TensorInfo, TensorType } from './tensor.ts';

/**
 * The one file that knows onnxruntime-node (1.30). What it relies on:
 * - `create` and `run` block the event loop for their whole length: this code belongs into a child process.
 * - Telemetry is on by default on Linux: no-telemetry.ts has to be imported first.
 * - External weights resolve only when a model is given by its path. No custom-operator library is ever registered.
 */
export type ProviderName = 'cpu' | 'cuda' | 'webgpu' | 'dml' | 'coreml';

export type SessionOptions = {
  readonly provider: ProviderName;
  readonly intraOpThreads?: number | undefined;
  /** Where optimised graphs are kept; without it each load optimises. For the CPU: what other providers make of a graph can't be stored. */
  readonly graphCache?: GraphCacheOptions | undefined;
};

export class OnnxSession implements Graph {
  readonly inputs: ReadonlyMap<string, TensorInfo>;
  readonly outputs: ReadonlyMap<string, TensorInfo>;
  readonly label: string;
  readonly #session: InferenceSession;
  #runMs = 0;

  /** Throws InferenceError: `provider_unavailable`, `model_*`, `out_of_memory`. */
  static async open(path: string, options: SessionOptions): Promise<OnnxSession> {
    const label = join(basename(dirname(path)), basename(path));
    checkProvider(options.provider);
    try {
      return new OnnxSession(await createSession(path, options), label);
    } catch (error) {
      throw explainOnnxError(error, { file: label, provider: options.provider });
    }
  }

  private constructor(session: InferenceSession, label: string) {
    this.#session = session;
    this.label = label;
    this.inputs = describe(session.inputMetadata);
    this.outputs = describe(session.outputMetadata);
  }

  /** Milliseconds spent inside onnxruntime's `run`, all runs together. */
  get runMs(): number {
    return this.#runMs;
  }

  async run(feeds: Readonly<Record<string, FeedTensor>>): Promise<ReadonlyMap<string, OutputTensor>> {
    const startedMs = performance.now();
    try {
      // Plain objects instead of ort.Tensor: the only form in which float16 input works on Node 24 (microsoft/onnxruntime #26791).
      const answer = await this.#session.run(feeds as unknown as InferenceSession.FeedsType);
      return new Map(Object.entries(answer).map(([name, { dims, data }]) => [name, { dims, values: asFloats(data) }]));
    } catch (error) {
      throw explainOnnxError(error, { file: this.label });
    } finally {
      this.#runMs += performance.now() - startedMs;
    }
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

type Extra = { readonly level?: 'all' | 'disabled'; readonly draft?: GraphDraft };

async function createSession(path: string, options: SessionOptions): Promise<InferenceSession> {
  const cached = cachedGraphOf(path, options);
  if (!cached) return create(path, options);
  return (await openCached(cached, options)) ?? (await openAndCache(path, cached, options)) ?? create(path, options);
}

/** Whatever is wrong with the cache, the graph itself can be loaded. */
function cachedGraphOf(path: string, { provider, graphCache }: SessionOptions): CachedGraph | undefined {
  if (provider !== 'cpu' || !graphCache) return undefined;
  try {
    return cachedGraph(path, graphCache, env.versions.node ?? env.versions.common);
  } catch {
    return undefined;
  }
}

async function openCached(cached: CachedGraph, options: SessionOptions): Promise<InferenceSession | undefined> {
  try {
    return cached.isWhole() ? await create(cached.path, options, { level: 'disabled' }) : undefined;
  } catch {
    cached.remove();
    return undefined;
  }
}

/** Optimises, writes the result and opens that: its weights are mapped from the disk, where they were copies in memory before. */
async function openAndCache(path: string, cached: CachedGraph, options: SessionOptions): Promise<InferenceSession | undefined> {
  let draft: GraphDraft | undefined;
  try {
    draft = cached.begin();
    if (!draft) return undefined;
    const session = await create(path, options, { draft });
    await session.release();
    if (draft.keep()) return await openCached(cached, options);
  } catch {
    // A full disk, or a graph that can't be loaded at all, which the plain load will explain.
  }
  try {
    draft?.fail();
  } catch {
    // Nor can the failure be noted.
  }
  return undefined;
}

function create(path: string, options: SessionOptions, { level = 'all', draft }: Extra = {}): Promise<InferenceSession> {
  const kept = {
    optimized_model_external_initializers_file_name: WEIGHTS_FILE,
    optimized_model_external_initializers_min_size_in_bytes: '1024',
  };
  return InferenceSession.create(path, {
    executionProviders: [options.provider],
    intraOpNumThreads: options.intraOpThreads ?? availableParallelism(),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: level,
    logSeverityLevel: 3,
    ...(draft ? { optimizedModelFilePath: draft.path } : {}),
    // Spinning threads double the time on a shared machine.
    extra: { session: { intra_op: { allow_spinning: '0' }, ...(draft ? kept : {}) } },
  });
}

/** Unknown providers are dropped by onnxruntime with no more than a warning: refuse them by name. */
function checkProvider(provider: ProviderName): void {
  const known = listSupportedBackends().map(({ name }) => name);
  if (known.includes(provider)) return;
  throw new InferenceError(
    'provider_unavailable',
    `This build of onnxruntime has no provider ${provider} on ${process.platform}; it has ${known.join(', ')}.`,
    {
      provider,
      available: known.join(', '),
    },
  );
}

function describe(metadata: readonly InferenceSession.ValueMetadata[]): ReadonlyMap<string, TensorInfo> {
  const entries = metadata.map((value): [string, TensorInfo] => [
    value.name,
    value.isTensor
      ? { name: value.name, type: value.type as TensorType, shape: value.shape }
      : { name: value.name, type: 'other', shape: [] },
  ]);
  return new Map(entries);
}

function asFloats(data: unknown): Float32Array | Float16Array {
  if (data instanceof Float32Array || data instanceof Float16Array) return data;
  if (data instanceof Uint16Array) return new Float16Array(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  if (data instanceof Float64Array) return Float32Array.from(data);
  throw new InferenceError('model_config', 'The graph answers with a type that is not a floating-point tensor.');
}
