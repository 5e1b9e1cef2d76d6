import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError, type Io } from '#src/cli/io.ts';
import { ProgressBar } from '#src/cli/progress-bar.ts';
import { readConfig, type Config } from '#src/config.ts';
import { parseDraw } from '#core/command.ts';
import { AppError } from '#core/errors.ts';
import { formatDuration, formatSize } from '#core/format.ts';
import { parametersOf } from '#core/marks-parameters.ts';
import { message, plain, problemMessage } from '#core/messages.ts';
import type { Problem } from '#core/problem.ts';
import { providerTitle, stageParts } from '#core/render-timing.ts';
import { refusalOf } from '#core/prompt-judgement.ts';
import { resolveRequest, unknownModel } from '#core/request.ts';
import type { ImageRequest } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { unknownSubject } from '#core/vocabulary.ts';
import { pictureRequest } from '#core/batch.ts';
import { shippedStyles } from '#src/styles-file.ts';
import { promptListsOf } from '#src/safety-config.ts';
import { createLog } from '#src/log.ts';
import { createEngine } from '#src/main.ts';
import { openMarking, type OpenMarking } from '#src/marking.ts';
import { programVersion } from '#src/program-version.ts';
import { catalogueOf, openCatalogue, type Catalogue } from '#src/weights/catalogue.ts';

/** What `--json` prints, as one object. Times in milliseconds, all pictures together. */
export type GenerateOutput = {
  readonly images: readonly {
    readonly file: string;
    readonly seed: number;
    readonly width: number;
    readonly height: number;
    readonly sha256: string;
  }[];
  readonly timings: {
    /** From the command to the last file, loading included. */
    readonly totalMs: number;
    readonly loadMs: number;
    readonly textMs: number;
    readonly denoiseMs: number;
    readonly decodeMs: number;
    /** Only where pictures were enlarged. */
    readonly upscaleMs?: number;
    readonly encodeMs: number;
    /** Without loading. */
    readonly perImageMs: number;
  };
  readonly model: string;
  readonly provider: string;
};

const voice = { language: 'en', prefix: 'blitzbild generate' } as const;
const HELP = `Usage: blitzbild generate "PROMPT" [--n N] [--seed N] [--steps N] [--size WxH] [--ar W:H] [--no "WORDS"]
                          [--guidance X] [--hq] [--model NAME|FOLDER] [--out FOLDER] [--json]
`;

/** `blitzbild generate "a red apple" --n 4 --out pictures`: no chat, no queue, files in a folder. */
export async function generate(args: readonly string[], { stdout, stderr, root }: Io): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return void stdout.write(HELP);
  const { out, model, json, rest } = takeOwnOptions(args);
  const config = readConfig(fileURLToPath(root));
  const draw = orUsage(parseDraw(rest, config.limits));
  if (draw.options.strength !== undefined) {
    throw new UsageError('--strength works from a picture, and generate starts from words alone: leave it out, or use it in the chat.');
  }
  const startedAtMs = performance.now();
  const catalogue = await chooseCatalogue(config, model);
  const chosen = model === undefined || isFolder(model) ? catalogue.active : model;
  const info = catalogue.get(chosen);
  if (info === undefined) {
    const names = catalogue.list().map(({ name }) => name);
    if (model === undefined) throw new AppError('model_missing');
    throw new UsageError(plain(problemMessage(unknownModel({ options: { model }, places: {} }, names), voice)));
  }
  const request = orUsage(
    resolveRequest(draw, {
      model: info,
      seed: Math.floor(Math.random() * 2 ** 32),
      limits: config.limits,
      styles: shippedStyles(config).map((style) => ({ ...style, version: 1 })),
      models: (name) => catalogue.get(name),
    }),
  );
  const refusal = refusalOf(request, promptListsOf(config));
  if (refusal !== undefined) throw new UsageError(plain(problemMessage(refusal.problem, voice)));
  const folder = resolve(out);
  await mkdir(folder, { recursive: true });

  const log = createLog(config.logLevel ?? 'error');
  const engine = createEngine(config, catalogue, log);
  await using marking = openMarking(config, { log, now: Date.now, program: `Blitzbild ${programVersion()}` });
  const interrupted = new AbortController();
  process.on('SIGINT', () => interrupted.abort());
  const bar = new ProgressBar(json ? undefined : stderr);
  try {
    bar.say(`Loading ${info.title} …`);
    await engine.start(chosen);
    const loadMs = performance.now() - startedAtMs;
    const made = await makeAll(request, { engine, marking, folder, bar, signal: interrupted.signal });
    bar.clear();
    const totalMs = performance.now() - startedAtMs;
    const output: GenerateOutput = {
      images: made.images,
      timings: { totalMs: round(totalMs), loadMs: round(loadMs), ...made.stages, perImageMs: round((totalMs - loadMs) / request.count) },
      model: info.name,
      provider: made.provider,
    };
    stdout.write(json ? `${JSON.stringify(output)}\n` : humanLines(output, made, unknownSubjectLine(request, info, catalogue.list())));
    const { notUpscaled } = made;
    const share = notUpscaled.length < request.count ? `${notUpscaled.length} of ${request.count} not enlarged` : 'Not enlarged';
    if (notUpscaled.length > 0) stderr.write(`${share}: ${[...new Set(notUpscaled)].join('; ')}\n`);
  } finally {
    bar.clear();
    await engine.close();
  }
}

type Making = {
  readonly engine: ReturnType<typeof createEngine>;
  readonly marking: OpenMarking;
  readonly folder: string;
  readonly bar: ProgressBar;
  readonly signal: AbortSignal;
};

type Made = Awaited<ReturnType<typeof makeAll>>;

async function makeAll(request: ImageRequest, { engine, marking, folder, bar, signal }: Making) {
  const { finisher, studio } = marking;
  const { marks } = marking.marking;
  const images: GenerateOutput['images'][number][] = [];
  const stages = { textMs: 0, denoiseMs: 0, decodeMs: 0, encodeMs: 0 };
  let provider = '';
  let droppedPrompt: string | undefined;
  /** Why, one for each such picture. */
  const notUpscaled: string[] = [];
  let upscaleMs: number | undefined;
  for (let index = 0; index < request.count; index++) {
    const onStep = (step: number, steps: number): void =>
      bar.show(index + Math.min(1, step / steps), request.count, `picture ${index + 1} of ${request.count}`);
    const { filter, enhance, ...wish } = pictureRequest(request, index);
    const picture = await engine.generate(wish, { signal, onStep });
    const filtered = filter === undefined ? picture : await studio.filter(picture, filter);
    const parameters = marks.prompt ? parametersOf(request, index) : undefined;
    const wishes = { ...marks, model: wish.model, ...(parameters === undefined ? {} : { parameters }) };
    const { png, encodeMs } = await finisher.finish(enhance === undefined ? filtered : await studio.enhance(filtered), wishes);
    const file = await writeNew(folder, `blitzbild-${picture.seed}`, png);
    images.push({
      file,
      seed: picture.seed,
      width: picture.widthPx,
      height: picture.heightPx,
      sha256: createHash('sha256').update(png).digest('hex'),
    });
    stages.textMs += picture.timings.textMs;
    stages.denoiseMs += picture.timings.denoiseMs;
    stages.decodeMs += picture.timings.decodeMs;
    stages.encodeMs += encodeMs;
    if (picture.timings.upscaleMs !== undefined) upscaleMs = (upscaleMs ?? 0) + picture.timings.upscaleMs;
    if (picture.notUpscaled !== undefined) notUpscaled.push(picture.notUpscaled);
    ({ provider, droppedPrompt } = picture);
  }
  const rounded = {
    textMs: round(stages.textMs),
    denoiseMs: round(stages.denoiseMs),
    decodeMs: round(stages.decodeMs),
    ...(upscaleMs === undefined ? {} : { upscaleMs: round(upscaleMs) }),
    encodeMs: round(stages.encodeMs),
  };
  return { images, stages: rounded, provider, droppedPrompt, notUpscaled };
}

/** Options of this command alone; the others are those of the chat. */
function takeOwnOptions(args: readonly string[]): { out: string; model: string | undefined; json: boolean; rest: string[] } {
  const rest: string[] = [];
  let [out, model, json] = ['.', undefined as string | undefined, false];
  for (let index = 0; index < args.length; index++) {
    const [name, inline] = (args[index] ?? '').split(/=(.*)/s, 2);
    if (name === '--json') json = true;
    else if (name === '--out' || name === '--model') {
      const value = inline ?? args[(index += 1)];
      if (value === undefined || value === '')
        throw new UsageError(
          `${name} needs a value: ${name === '--out' ? '--out pictures' : '--model embedded, or --model with a folder'}.`,
        );
      if (name === '--out') out = value;
      else model = value;
    } else rest.push(args[index] ?? '');
    if (name === '--') return { out, model, json, rest: [...rest, ...args.slice(index + 1)] };
  }
  return { out, model, json, rest };
}

const isFolder = (path: string): boolean => /[\\/]/.test(path) || (existsSync(path) && statSync(path).isDirectory());

const chooseCatalogue = async (config: Config, model: string | undefined): Promise<Catalogue> =>
  model !== undefined && isFolder(model)
    ? catalogueOf(resolve(model), config.modelFolders)
    : openCatalogue({ folders: config.modelFolders, active: config.model });

function orUsage<Value>(result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Problem }): Value {
  if (result.ok) return result.value;
  throw new UsageError(plain(problemMessage(result.problem, voice)));
}

/** Never over another picture: the same bytes again are the same file, others get a number. */
async function writeNew(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  for (let copy = 1; ; copy++) {
    const file = join(folder, copy === 1 ? `${name}.png` : `${name}-${copy}.png`);
    try {
      await writeFile(file, bytes, { flag: 'wx' });
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (Buffer.compare(await readFile(file), bytes) === 0) return file;
    }
  }
}

/** The chat's own sentence; the list that it names is the chat's as well. */
function unknownSubjectLine({ prompt }: ImageRequest, model: ModelInfo, installed: readonly ModelInfo[]): readonly string[] {
  const unknown = unknownSubject(prompt, model, installed, 'en');
  return unknown === undefined ? [] : [plain(message('subject_unknown', unknown, { language: 'en', prefix: '!img' }))];
}

function humanLines(
  { images, timings, model, provider }: GenerateOutput,
  { droppedPrompt: dropped }: Made,
  notes: readonly string[],
): string {
  const ms = (value: number): string => formatDuration(value, 'en');
  // Where some could not be enlarged, the others are what was asked for.
  const { width = 0, height = 0 } = images.toSorted((a, b) => b.width - a.width)[0] ?? {};
  return [
    ...images.map(({ file, seed }) => `${file}  seed ${seed}  AI-generated`),
    [
      `${images.length} × ${formatSize(width, height)} in ${ms(timings.totalMs)}`,
      `load ${ms(timings.loadMs)}`,
      `${ms(timings.perImageMs)} each`,
      ...stageParts(timings, 'en'),
      basename(model),
      providerTitle(provider),
    ].join(' · '),
    ...(dropped === undefined || dropped === ''
      ? []
      : [`The prompt was longer than the model can read; these words had no effect: ${dropped}. Put what matters first.`]),
    ...notes,
    '',
  ].join('\n');
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
