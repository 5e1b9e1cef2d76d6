/** Engines with the scripted child, for tests of what the parent half does. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { AppError } from '#core/errors.ts';
import type { PictureRequest } from '#core/ports.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import type { EngineOptions } from '#src/engine/options.ts';

/** An engine whose models, and `upscaler`, are empty folders named for what the scripted child does with them. */
export const scriptedEngine = async (
  context: TestContext,
  { upscaler, ...options }: Partial<EngineOptions> & { readonly upscaler?: string } = {},
): Promise<{ engine: ChildProcessEngine; starts: (model: string) => Promise<string[]> }> => {
  const root = await mkdtemp(join(tmpdir(), 'blitzbild-engine-'));
  const behaviours = [
    'works',
    'other',
    'crashes',
    'crashes-twice',
    'crashes-on-cuda',
    'only-cpu',
    'no-provider',
    'broken',
    'hangs',
    'garbles',
  ];
  for (const name of behaviours) await mkdir(join(root, name));
  const engine = new ChildProcessEngine({
    folderOf: (model) => (behaviours.includes(model) ? join(root, model) : undefined),
    environment: process.env,
    providers: ['cpu'],
    childModule: fileURLToPath(new URL('scripted-child.ts', import.meta.url)),
    librariesFor: () => undefined,
    firstPauseMs: 10,
    cancelGraceMs: 300,
    closeGraceMs: 300,
    ...(upscaler === undefined ? {} : { upscalerFolder: join(root, upscaler) }),
    ...options,
  });
  context.after(async () => {
    await engine.close();
    await rm(root, { recursive: true });
  });
  const starts = async (model: string): Promise<string[]> =>
    (await readFile(join(root, model, 'starts'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  return { engine, starts };
};

export const request = (prompt: string, model = 'works', changes: Partial<PictureRequest> = {}): PictureRequest => ({
  prompt,
  negativePrompt: '',
  seed: 42,
  widthPx: 16,
  heightPx: 8,
  steps: 4,
  guidanceScale: 1,
  model,
  ...changes,
});

export const noHooks = { signal: new AbortController().signal, onStep: (): void => {} };

/** For `assert.rejects`: an `AppError` of this code. */
export const appError =
  (code: string, params: RegExp = /./) =>
  (error: unknown): boolean =>
    error instanceof AppError && error.code === code && params.test(JSON.stringify(error.params));

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
