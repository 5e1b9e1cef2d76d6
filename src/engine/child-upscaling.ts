import type { UpscaleCall } from '#src/engine/protocol.ts';
import type { ProviderName } from '#src/engine/providers.ts';
import { InferenceError } from '#src/inference/errors.ts';
import { loadUpscaler } from '#src/inference/upscaler.ts';
import type { Picture, Upscaler } from '#src/inference/upscaler.ts';

type Hooks = { readonly signal: AbortSignal; readonly onTile: (tile: number) => void };

export type Enlarged = { readonly picture: Picture; readonly upscaleMs: number; readonly sessionRunMs: number };

/**
 * The child's half of enlarging. Nothing is loaded before the first picture that asks for it; what was loaded stays. It never takes
 * a picture with it: what can't be enlarged is handed back as it is, with the reason.
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

  /** Runs of the graph that the picture will take; 0 where the folder can't be used, which `enlarge` then explains. */
  countTiles({ folder, providers }: UpscaleCall, size: Pick<Picture, 'widthPx' | 'heightPx'>): number {
    for (const provider of this.#order(providers)) {
      try {
        return this.#upscaler(folder, provider).countTiles(size);
      } catch {
        // The next one may open it.
      }
    }
    return 0;
  }

  /** Rejects with `cancelled` alone; resolves with a sentence for every other failure. */
  async enlarge(picture: Picture, { folder, factor, providers }: UpscaleCall, { signal, onTile }: Hooks): Promise<Enlarged | string> {
    const startedMs = performance.now();
    const reasons: string[] = [];
    for (const provider of this.#order(providers)) {
      try {
        const upscaler = this.#upscaler(folder, provider);
        const runBeforeMs = upscaler.runMs;
        const larger = await upscaler.upscale(picture, factor, { signal, onTile });
        return { picture: larger, upscaleMs: performance.now() - startedMs, sessionRunMs: upscaler.runMs - runBeforeMs };
      } catch (error) {
        if (error instanceof InferenceError && error.code === 'cancelled') throw error;
        if (!isOfFolder(error)) this.#failed.add(provider);
        await this.#forget(folder, provider);
        reasons.push(error instanceof Error ? error.message : String(error));
      }
    }
    return [...new Set(reasons)].join(' ');
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
