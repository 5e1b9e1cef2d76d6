import type { UpscaleCall } from '#src/engine/protocol.ts';
import type { ProviderName } from '#src/engine/providers.ts';
import { InferenceError } from '#src/inference/errors.ts';
import { loadUpscaler } from '#src/inference/upscaler.ts';
import type { Picture, Upscaler } from '#src/inference/upscaler.ts';

type Hooks = { readonly signal: AbortSignal; readonly onTile: (tile: number, tiles: number) => void };

export type Enlarged = {
  readonly picture: Picture;
  readonly upscaleMs: number;
  readonly sessionRunMs: number;
  readonly provider: ProviderName;
};

/**
 * The child's half of enlarging. Nothing is loaded before the first picture that asks for it; what was loaded stays, and what
 * failed is loaded anew the next time.
 */
export class ChildUpscaling {
  readonly #intraOpThreads: number | undefined;
  /** By folder and provider. */
  readonly #loaded = new Map<string, Upscaler>();
  /** Providers that failed; the others come before them. */
  readonly #failed = new Set<ProviderName>();

  constructor(intraOpThreads: number | undefined) {
    this.#intraOpThreads = intraOpThreads;
  }

  /** Runs of the graphs that the picture will take; 0 where it can't be enlarged, which `enlarge` then explains. */
  async countTiles(call: UpscaleCall, size: Pick<Picture, 'widthPx' | 'heightPx'>): Promise<number> {
    return await this.#onFirst(call, (upscaler) => upscaler.countTiles(size, call.factor)).catch(() => 0);
  }

  /** Rejects with an `InferenceError`: the last provider's, with what all of them said. */
  async enlarge(picture: Picture, call: UpscaleCall, { signal, onTile }: Hooks): Promise<Enlarged> {
    const startedMs = performance.now();
    return await this.#onFirst(call, async (upscaler, provider) => {
      const runBeforeMs = upscaler.runMs;
      const larger = await upscaler.upscale(picture, call.factor, { signal, onTile });
      return { picture: larger, upscaleMs: performance.now() - startedMs, sessionRunMs: upscaler.runMs - runBeforeMs, provider };
    });
  }

  /** The work of the first provider that can do it. */
  async #onFirst<Made>(
    { folder, providers }: UpscaleCall,
    work: (upscaler: Upscaler, provider: ProviderName) => Promise<Made>,
  ): Promise<Made> {
    const errors: unknown[] = [];
    for (const provider of this.#order(providers)) {
      try {
        return await work(this.#upscaler(folder, provider), provider);
      } catch (error) {
        if (error instanceof InferenceError && error.code === 'cancelled') throw error;
        if (!isOfFolder(error)) this.#failed.add(provider);
        await this.#forget(folder, provider);
        errors.push(error);
      }
    }
    throw together(errors);
  }

  /** Those that have failed come last: with nothing else left they may get another try. */
  #order(providers: readonly ProviderName[]): readonly ProviderName[] {
    return providers.toSorted((a, b) => Number(this.#failed.has(a)) - Number(this.#failed.has(b)));
  }

  /** A session that failed may keep failing, and its file may be mended. */
  async #forget(folder: string, provider: ProviderName): Promise<void> {
    const upscaler = this.#loaded.get(keyOf(folder, provider));
    this.#loaded.delete(keyOf(folder, provider));
    await upscaler?.close().catch(() => {});
  }

  #upscaler(folder: string, provider: ProviderName): Upscaler {
    const key = keyOf(folder, provider);
    const intraOpThreads = this.#intraOpThreads;
    const upscaler =
      this.#loaded.get(key) ?? loadUpscaler(folder, { provider, ...(intraOpThreads === undefined ? {} : { intraOpThreads }) });
    this.#loaded.set(key, upscaler);
    return upscaler;
  }
}

const keyOf = (folder: string, provider: ProviderName): string => `${provider} ${folder}`;

/** Another provider fails at these as well, and a mended folder works with the same one. */
const isOfFolder = (error: unknown): boolean =>
  error instanceof InferenceError && (error.code.startsWith('model_') || error.code === 'request_invalid');

function together(errors: readonly unknown[]): InferenceError {
  const last = errors.at(-1);
  const sentences = new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))));
  const [code, detail] = last instanceof InferenceError ? [last.code, last.detail] : ['run_failed' as const, {}];
  return new InferenceError(code, [...sentences].join(' '), detail, { cause: last });
}
