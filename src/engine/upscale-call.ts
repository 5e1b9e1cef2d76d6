import type { PictureRequest } from '#core/ports.ts';
import type { EnlargeFactor } from '#core/model-info.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import type { UpscaleCall } from '#src/engine/protocol.ts';

/**
 * What the child needs for enlarging: the provider that draws, then the slow one that always works, if the configuration allows it.
 * `undefined` where nothing is to be enlarged or no upscaler is installed.
 */
export function upscaleCall(
  factor: EnlargeFactor | undefined,
  { upscalerFolder: folder, providers }: Required<Pick<EngineOptions, 'upscalerFolder' | 'providers'>>,
  working: string | undefined,
): UpscaleCall | undefined {
  if (factor === undefined || folder === undefined) return undefined;
  const first = providers.filter((provider) => provider === working);
  const last = providers.filter((provider) => provider === 'cpu');
  return { factor, folder, providers: [...new Set([...first, ...last])] };
}

/** How far a call had come. */
export type Progress = { readonly step: number; readonly steps: number; readonly tiles: number };

/** Sizes whose enlarging ended the child, as a driver or the system's memory guard does: as long as the engine lives they go without. */
export class FatalEnlargements {
  readonly #keys = new Set<string>();

  /** Notes a crash that came after the last step of drawing. */
  note(request: PictureRequest, { step, steps, tiles }: Progress): void {
    if (request.upscale !== undefined && steps > 0 && step >= steps - tiles) this.#keys.add(keyOf(request));
  }

  has(request: PictureRequest): boolean {
    return this.#keys.has(keyOf(request));
  }
}

/** What decides how much memory enlarging takes. */
const keyOf = ({ model, upscale, widthPx, heightPx }: PictureRequest): string => `${model} ${widthPx}x${heightPx}/${upscale ?? 1}`;
