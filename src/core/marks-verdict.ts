/** What the layers of a file say when they are taken together: no more than they do. */
import type { MarkReport } from '#core/marks-port.ts';

/**
 * `made_here`: as it left us. `made_here_changed`: not the file that left us. `made_here_unclear`: nothing tells whether it was changed.
 * `manifest_broken`: signed once and changed since, or forged. `signed_elsewhere`, `claims_ai`: says that it is AI-generated, with or
 * without a signature. `unmarked`: says nothing of that kind, which proves nothing.
 */
export const verdicts = [
  'made_here',
  'made_here_changed',
  'made_here_unclear',
  'manifest_broken',
  'signed_elsewhere',
  'claims_ai',
  'unmarked',
] as const;
export type Verdict = (typeof verdicts)[number];

/** How a picture of ours was known: the very file, or another one with its watermark. */
export type KnownBy = 'file' | 'watermark';

export function verdictOf({ xmp, manifest, watermark, hasParameters }: MarkReport, known?: KnownBy): Verdict {
  const isIntact = manifest.state === 'intact';
  if (known === 'file' || (isIntact && manifest.by === 'ours')) return 'made_here';
  if (watermark.state === 'ours' || known !== undefined)
    return manifest.state === 'changed' || (isIntact && manifest.by !== 'unclear') || known !== undefined
      ? 'made_here_changed'
      : 'made_here_unclear';
  if (manifest.state === 'changed') return 'manifest_broken';
  if (isIntact && manifest.isAiGenerated === true) return manifest.by === 'unclear' ? 'claims_ai' : 'signed_elsewhere';
  return (xmp.state === 'found' && xmp.isAiGenerated) || hasParameters ? 'claims_ai' : 'unmarked';
}
