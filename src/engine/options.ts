import { fileURLToPath } from 'node:url';
import { providerFolder } from '#src/engine/cuda.ts';
import { defaultProviders } from '#src/engine/providers.ts';
import type { ProviderName } from '#src/engine/providers.ts';
import type { Environment } from '#src/engine/vulkan.ts';
import type { GraphCacheOptions } from '#src/inference/graph-cache.ts';

type EngineLog = (level: 'info' | 'warn', message: string, fields: Readonly<Record<string, string | number>>) => void;

export type EngineOptions = {
  /** Folder of a model by its name; `undefined` where there is none. */
  readonly folderOf: (model: string) => string | undefined;
  /** Folder of the upscaler; `undefined` where none is installed. */
  readonly upscalerFolder?: string | undefined;
  /** The parent's environment, of which the child gets the few variables that drivers need. */
  readonly environment: Environment;
  /** Where optimised graphs of large models are kept, and how much of them; `undefined` for none. */
  readonly graphCache?: GraphCacheOptions | undefined;
  /** Tried in this order. */
  readonly providers?: readonly ProviderName[];
  /** Threads of one operator; 0 for as many as onnxruntime finds cores. */
  readonly intraOpThreads?: number;
  readonly log?: EngineLog;
  /** How long a cancelled picture may go on to the end of its step before the child is killed. */
  readonly cancelGraceMs?: number;
  readonly closeGraceMs?: number;
  /** Loading and warm-up of one provider. */
  readonly loadLimitMs?: number;
  /** How long a child may neither say anything nor compute before it is ended as hung. */
  readonly standstillLimitMs?: number;
  /** How long it may compute one step, or decode, without a word. */
  readonly silenceLimitMs?: number;
  /** So many crashes in a row while starting are a crash loop: the engine has failed and rests. */
  readonly maxFailedStarts?: number;
  /** After a crash loop, how long requests are refused before one of them starts the engine again. */
  readonly restMs?: number;
  /** Pause after the first failed start; doubled with every further one. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** Folder of onnxruntime's provider libraries on a platform such as `linux-x64`, to leave out what can't work; `undefined` to try. */
  readonly librariesFor?: (platform: string) => string | undefined;
  /** The module that the child runs; another one in tests. */
  readonly childModule?: string;
};

export const defaultEngineOptions = {
  upscalerFolder: undefined,
  graphCache: undefined,
  providers: defaultProviders,
  intraOpThreads: 0,
  log: () => {},
  cancelGraceMs: 5000,
  closeGraceMs: 2000,
  loadLimitMs: 300_000,
  standstillLimitMs: 120_000,
  silenceLimitMs: 3_600_000,
  maxFailedStarts: 3,
  restMs: 30_000,
  firstPauseMs: 250,
  longestPauseMs: 10_000,
  librariesFor: providerFolder,
  childModule: fileURLToPath(new URL('child-main.ts', import.meta.url)),
} satisfies Omit<Required<EngineOptions>, 'folderOf' | 'environment'>;
