import { setTimeout as delay } from 'node:timers/promises';
import type { Check, CheckResult } from '#core/operations-port.ts';

/** A check that hangs must not make whoever asks hang as well. */
const MOST_MS = 3000;
/** Whoever asks in a loop costs the disk no more than this. */
const KEPT_MS = 2000;

export type Readiness = { readonly ok: boolean; readonly checks: Readonly<Record<string, CheckResult>> };

/** @returns asks all checks, at most once in two seconds */
export function readiness(checks: readonly Check[], now: () => number = performance.now.bind(performance)): () => Promise<Readiness> {
  let latest: { readonly askedMs: number; readonly answer: Promise<Readiness> } | undefined;
  return () => {
    if (latest === undefined || now() - latest.askedMs > KEPT_MS) latest = { askedMs: now(), answer: askAll(checks) };
    return latest.answer;
  };
}

async function askAll(checks: readonly Check[]): Promise<Readiness> {
  const answers = await Promise.all(checks.map(async (check) => [check.name, await ask(check)] as const));
  return { ok: answers.every(([, { ok }]) => ok), checks: Object.fromEntries(answers) };
}

async function ask({ check }: Check): Promise<CheckResult> {
  const late = new AbortController();
  try {
    return await Promise.race([
      Promise.resolve().then(check),
      delay(MOST_MS, { ok: false, reason: `no answer within ${MOST_MS / 1000} s` } as const, { signal: late.signal }),
    ]);
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : 'it failed for an unknown reason' };
  } finally {
    late.abort();
  }
}
