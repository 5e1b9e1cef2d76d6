import type { PictureRequest } from '#core/ports.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import type { UpscaleCall } from '#src/engine/protocol.ts';

/**
 * What the child needs for enlarging: the provider that draws, then the slow one that always works, if the configuration allows it.
 * `undefined` where nothing is to be enlarged or no upscaler is installed.
 */
export function upscaleCall(
  { upscale: factor }: PictureRequest,
  { upscalerFolder: folder, providers }: Required<Pick<EngineOptions, 'upscalerFolder' | 'providers'>>,
  working: string | undefined,
): UpscaleCall | undefined {
  if (factor === undefined || folder === undefined) return undefined;
  const first = providers.filter((provider) => provider === working);
  const last = providers.filter((provider) => provider === 'cpu');
  return { factor, folder, providers: [...new Set([...first, ...last])] };
}
