import type { Finding } from '#src/chat/common/finding.ts';
import { AppError } from '#core/errors.ts';
import { formatDuration, formatSize } from '#core/format.ts';
import type { ImageEngine, PictureRequest } from '#core/ports.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { enlarged } from '#core/upscale.ts';
import type { Catalogue } from '#src/weights/catalogue.ts';

/** One picture enlarged by every factor that people may ask for, and by the one of `--hq`; `request` is drawn as it is elsewhere. */
export async function checkUpscaler(
  { upscaler, brokenUpscaler }: Pick<Catalogue, 'upscaler' | 'brokenUpscaler'>,
  { high, enlargedBy = [] }: ModelInfo,
  { engine, request }: { readonly engine: Pick<ImageEngine, 'generate'>; readonly request: PictureRequest },
): Promise<readonly Finding[]> {
  const { upscale } = high;
  if (brokenUpscaler !== undefined) {
    const { name, reason } = brokenUpscaler;
    return [notEnlarged(`Upscaler ${name}: ${reason}`)];
  }
  if (upscale === undefined) return [];
  if (upscaler === undefined) return [notEnlarged('Upscaler: none is installed')];
  const findings: Finding[] = [];
  for (const factor of new Set([...enlargedBy, upscale])) {
    const what = `Upscaler ${upscaler.name} ×${factor}`;
    const large = { ...request, ...enlarged(request, factor), upscale: factor };
    try {
      const { notUpscaled, widthPx, heightPx, timings } = await engine.generate(large, {
        signal: new AbortController().signal,
        onStep: () => {},
      });
      const took = formatDuration(timings.upscaleMs ?? 0, 'en');
      findings.push(
        notUpscaled === undefined
          ? { ok: true, what: `${what}: ${upscaler.licence}, a picture enlarged to ${formatSize(widthPx, heightPx)} in ${took}` }
          : notEnlarged(`${what}: ${notUpscaled}`),
      );
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'engine_crashed')) throw error;
      findings.push({
        ok: false,
        what: `${what}: enlarging ended the engine (${error.params['reason'] ?? 'no reason given'}); such pictures keep the size that the model draws`,
        advice: "The reason is in the bot's log, at «the engine ended and is started again»; most often the memory did not suffice.",
      });
    }
  }
  return findings;
}

const notEnlarged = (what: string): Finding => ({
  ok: false,
  what: `${what.replace(/\.$/, '')}; pictures with --hq keep the size that the model draws`,
  advice: 'Put the project’s models/upscaler into one of modelFolders again.',
});
