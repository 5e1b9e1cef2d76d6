import type { Finding } from '#src/chat/common/finding.ts';
import { neutralise } from '#src/chat/terminal/neutralise.ts';
import type { Io } from '#src/cli/io.ts';

/** One line for each, and one for what to do. Returns how many are to be mended. */
export function printFindings(findings: readonly Finding[], { stdout }: Pick<Io, 'stdout'>): number {
  for (const { ok, what, advice } of findings) {
    stdout.write(neutralise(`${ok ? 'ok   ' : 'WRONG'} ${what}\n${advice === undefined ? '' : `      → ${advice}\n`}`));
  }
  return findings.filter(({ ok }) => !ok).length;
}
