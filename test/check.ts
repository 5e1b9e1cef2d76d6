/** `npm run check`: types, lint, format, dead code, and whether the generated documentation is up to date. Runs all, reports all. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

const checks: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['types', bin('tsc'), ['-p', '.']],
  ['types of the page', bin('tsc'), ['-p', 'src/chat/web/page']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'test']],
  ['format', bin('prettier'), ['--check', '--log-level=warn', '.']],
  ['dead code', bin('knip'), ['--no-progress']],
  ['documentation', process.execPath, ['--disable-warning=ExperimentalWarning', 'src/docs/write.ts', '--check']],
];

let failed = 0;
for (const [name, command, args] of checks) {
  const startedAt = performance.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
