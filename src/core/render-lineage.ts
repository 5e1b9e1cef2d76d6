/** What a job was made from, in words. */
import { formatNumber, pickFor } from '#core/format.ts';
import { sourceName } from '#core/render.ts';
import type { ImageRequest, Language, Task } from '#core/types.ts';

/** From what it came: `enlarged ×4 from k7f3/A2`; empty for what was drawn from words alone. */
export function lineage(task: Task | undefined, { init }: ImageRequest, language: Language): string {
  const pick = pickFor(language);
  switch (task?.kind) {
    case undefined:
      return '';
    case 'upscale':
      return pick(
        `enlarged ×${task.factor} from ${sourceName(task.source, language)}`,
        `×${task.factor} vergrößert aus ${sourceName(task.source, language)}`,
      );
    case 'enhance':
      return pick(`optimised from ${sourceName(task.source, language)}`, `optimiert aus ${sourceName(task.source, language)}`);
    case 'vary': {
      const strength = formatNumber(init?.strength ?? 0, language);
      return pick(
        `varied from ${sourceName(task.source, language)}, strength ${strength}`,
        `Variante von ${sourceName(task.source, language)}, Stärke ${strength}`,
      );
    }
    case 'edit':
      return pick(`edited from ${task.job}`, `geändert aus ${task.job}`);
    case 'replay':
      return pick(`replay of ${task.job}`, `Wiederholung von ${task.job}`);
  }
}
