/** Carries a step out in a network of its own that has loopback and nothing else. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { quietFlags } from '#src/node-flags.mjs';
import type { steps } from './inside.ts';
import type { Outcome } from './steps.ts';
import { unshare } from './strace.ts';

/** @throws where the step failed, or took longer */
export async function inNamespace(
  step: keyof typeof steps,
  argument: string,
  limitMs: number,
  tell: (text: string) => void = () => {},
): Promise<Outcome> {
  const [program, ...options] = unshare;
  const child = spawn(program, [...options, process.execPath, ...quietFlags, join(import.meta.dirname, 'inside.ts'), step, argument], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tell(text);
    stderr = (stderr + text).slice(-20_000);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  if (exitCode !== 0)
    throw new Error(`${step} ${argument} ended with ${exitCode ?? `nothing within ${limitMs / 1000} s`}:\n${stdout}${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Outcome;
}
