import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';

/** What the numbers depend on, as rows of name and value. */
export const describeMachine = (date: Date): readonly (readonly [string, string])[] => [
  ['Date', date.toISOString().slice(0, 16).replace('T', ' ') + ' UTC'],
  ['CPU', cpus()[0]?.model.trim() ?? 'unknown'],
  ['Cores', String(availableParallelism())],
  ['Memory', `${(totalmem() / 1e9).toFixed(1)} GB`],
  ['Load before the bench', `${loadavg()[0]?.toFixed(1)} processes (0 where nothing else ran)`],
  ['System', `${distribution()}${type()} ${release()}, ${process.arch}`],
  ['Node', process.version],
  ['ONNX Runtime', versionOf('onnxruntime-node')],
  ['sharp', versionOf('sharp')],
];

function distribution(): string {
  if (!existsSync('/etc/os-release')) return '';
  const name = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  return name === undefined ? '' : `${name}, `;
}

function versionOf(packageName: string): string {
  const lock = createRequire(import.meta.url)('../../package.json') as { dependencies: Record<string, string> };
  return lock.dependencies[packageName] ?? 'unknown';
}
