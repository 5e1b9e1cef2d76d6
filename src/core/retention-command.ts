/** `retention`, `retention 30`, `aufbewahrung 30 Tage`, `retention off`. */
import { clip } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { Command } from '#core/command.ts';
import { mostDays } from '#core/retention.ts';
import type { Rest } from '#core/verb-readers.ts';

export function readRetention({ words }: Pick<Rest, 'words'>): Result<Command, Problem> | undefined {
  const [first] = words;
  if (first === undefined) return accept({ kind: 'retention' });
  const typed = words.map(({ text }) => text).join(' ');
  if (/^(off|never|forever|aus|nie|ewig)$/iu.test(typed)) return accept({ kind: 'retention', days: 0 });
  if (/^(default|standard|vorgabe)$/iu.test(typed)) return accept({ kind: 'retention', days: 'default' });
  const [, digits] = /^(\d{1,6})(?:\s?(?:days?|d|tage?n?))?$/iu.exec(typed) ?? [];
  const days = Number(digits ?? Number.NaN);
  if (days >= 1 && days <= mostDays) return accept({ kind: 'retention', days });
  const isMeant = digits !== undefined || /^[-+]?[\d.,]+(?:\s?\p{L}+)?$/u.test(typed);
  const place = { start: first.start, end: words.at(-1)?.end ?? first.end };
  // «retention of water in clay» is a picture.
  return isMeant ? refuse('retention_invalid', { value: clip(typed, 40), mostDays }, place) : undefined;
}
