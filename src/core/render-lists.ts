/** The queue, the models and the facts of a picture as tables. */
import { commandOf, type CommandLine } from '#core/command-line.ts';
import { formatDuration, formatEta, formatNumber, formatSize, pickFor } from '#core/format.ts';
import { cellOf, isCommon, modelsOf, perVariant, singleRequest } from '#core/batch.ts';
import type { Voice } from '#core/message-codes.ts';
import { lineage } from '#core/render-lineage.ts';
import { heldBackLine, verdictLine } from '#core/render-similarity.ts';
import { providerTitle, stageParts } from '#core/render-timing.ts';
import { renderExamples, renderVocabulary } from '#core/render-vocabulary.ts';
import type { EngineStatus, ModelCatalogue } from '#core/ports.ts';
import { bold, code, muted, paragraph, type RichText } from '#core/rich-text.ts';
import type { ImageRequest, JobId, JobState, JobTimings, Language, StoredImage, Task, Variant } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { drawnSize, enlargedSizes } from '#core/upscale.ts';

// ---------------------------------------------------------------- queue

export type QueueEntry = {
  readonly jobId: JobId;
  readonly count: number;
  readonly isMine: boolean;
  readonly state: 'running' | 'waiting';
  /** Until its last picture. */
  readonly etaMs: number | undefined;
};

/** Prompts are not shown: the queue is one for all rooms. */
export type Queue = Voice & {
  /** In the order they are drawn. */
  readonly entries: readonly QueueEntry[];
  /** Nothing is drawn until an admin resumes it, and nobody knows when. */
  readonly isPaused?: boolean;
};

const shownEntries = 12;

export function renderQueue({ entries, isPaused = false, language, prefix }: Queue): RichText {
  const pick = pickFor(language);
  const paused = [
    paragraph(
      pick(
        'The queue is paused: nothing new is drawn until an admin resumes it.',
        'Die Warteschlange ruht: Gezeichnet wird erst wieder, wenn ein Admin sie weiterlaufen lässt.',
      ),
    ),
  ];
  if (entries.length === 0) {
    if (isPaused) return paused;
    const example = code(`${prefix} ${pick('a red fox', 'ein roter Fuchs')}`);
    return [
      paragraph(
        pick('The queue is empty: ', 'Die Warteschlange ist leer: Mit '),
        example,
        pick(' starts right away.', ' bist du sofort dran.'),
      ),
    ];
  }
  const shown = entries.filter((entry, index) => index < shownEntries || entry.isMine).slice(0, 2 * shownEntries);
  const hidden = entries.length - shown.length;
  const rows = shown.map(({ jobId, count, isMine, state, etaMs }) => [
    isMine ? `${jobId} (${pick('yours', 'deiner')})` : jobId,
    String(count),
    state === 'running' ? pick('running', 'läuft') : pick('waiting', 'wartet'),
    etaMs === undefined || isPaused ? '–' : `${pick('about', 'etwa')} ${formatEta(etaMs, language)}`,
  ]);
  const head = pick(['Job', 'Pictures', 'State', 'Ready in'], ['Auftrag', 'Bilder', 'Stand', 'Fertig in']);
  const more = pick(`… and ${hidden} more.`, `… und ${hidden} weitere.`);
  return [...(isPaused ? paused : []), { kind: 'table', head, rows }, ...(hidden === 0 ? [] : [paragraph(more)])];
}

// ---------------------------------------------------------------- models

export type Models = Voice & {
  readonly models: readonly ModelInfo[];
  readonly active: string;
  readonly engine: Pick<EngineStatus, 'provider' | 'attempts'>;
  readonly upscaler?: ModelCatalogue['upscaler'];
};

/** Of prompts, below what a model knows. */
const shownExamples = 3;

export function renderModels({ models, active, engine, upscaler, language, prefix }: Models): RichText {
  const pick = pickFor(language);
  if (models.length === 0) return [paragraph(pick('No model is installed.', 'Es ist kein Modell installiert.'))];
  const rows = models.map((model) => [
    model.name === active ? `${model.name} ✓` : model.name,
    model.title,
    model.licence,
    sizesText(model, language),
    `${model.fast.steps} / ${model.high.steps}`,
  ]);
  const head = pick(
    ['Name', 'Model', 'Licence', 'Sizes', 'Steps fast / hq'],
    ['Name', 'Modell', 'Lizenz', 'Größen', 'Schritte schnell / hq'],
  );
  const other = models.find((model) => model.name !== active);
  const hint =
    other === undefined
      ? []
      : [paragraph(pick('Another one for one command: ', 'Ein anderes für einen Befehl: '), code(`${prefix} … --model ${other.name}`))];
  const vocabularies = models
    .filter(({ vocabulary }) => vocabulary !== undefined)
    .flatMap((model) => [...renderVocabulary(model, { language }), ...renderExamples(model, { language, prefix }, shownExamples)]);
  const engineLines = [...engineLine(engine, language), ...upscalerLine(upscaler, language)];
  return [{ kind: 'table', head, rows }, ...engineLines, ...hint, ...vocabularies];
}

/** As manifests say it → in German; others are shown as they are. */
const domainsInGerman: Readonly<Record<string, string>> = { illustrations: 'Illustrationen', photos: 'Fotos', drawings: 'Zeichnungen' };

/** `Upscaler: illustration ×2 ×4 for illustrations (MIT), hash 0123456789ab.` */
function upscalerLine(upscaler: Models['upscaler'], language: Language): RichText {
  if (upscaler === undefined) return [];
  const { name, factors, licence, domain, fingerprint } = upscaler;
  const use = pickFor(language)(`for ${domain}`, `für ${domainsInGerman[domain] ?? domain}`);
  const hash = fingerprint === undefined ? '' : `, ${pickFor(language)('hash', 'Hash')} ${fingerprint}`;
  return [
    paragraph(
      `${pickFor(language)('Upscaler', 'Zum Vergrößern')}: ${name} ${factors.map((factor) => `×${factor}`).join(' ')} ${use} (${licence})${hash}.`,
    ),
  ];
}

/** What computes, and why nothing that comes before it in the configured order does. */
function engineLine({ provider, attempts }: Models['engine'], language: Language): RichText {
  if (provider === undefined) return [];
  const pick = pickFor(language);
  const refused = attempts.filter(({ ok }) => !ok).map((attempt) => `${providerTitle(attempt.provider)}: ${attempt.reason ?? '?'}`);
  const running = pick(`Computed on ${providerTitle(provider)}.`, `Gerechnet wird auf ${providerTitle(provider)}.`);
  const reasons = pick(` Not used: ${refused.join('; ')}`, ` Nicht genutzt: ${refused.join('; ')}`);
  return [paragraph(running, ...(refused.length === 0 ? [] : [muted(reasons)]))];
}

/** Exact sizes, or the range; then what the upscaler makes of them. */
export function sizesText(model: ModelInfo, language: Language): string {
  const { sizes } = model;
  const pick = pickFor(language);
  if (sizes.kind === 'fixed') {
    const own = sizes.list.map(([widthPx, heightPx]) => formatSize(widthPx, heightPx)).join(', ');
    const larger = enlargedSizes(model).map(({ widthPx, heightPx }) => formatSize(widthPx, heightPx));
    return larger.length === 0 ? own : `${own}, ${pick('enlarged', 'vergrößert')} ${larger.join(', ')}`;
  }
  const megapixels = formatNumber(sizes.maxPixels / 1_000_000, language);
  const factors = (model.enlargedBy ?? []).map((factor) => `×${factor}`);
  const range = pick(
    `${sizes.minPx} to ${sizes.maxPx} px a side, at most ${megapixels} megapixels`,
    `${sizes.minPx} bis ${sizes.maxPx} px je Seite, höchstens ${megapixels} Megapixel`,
  );
  return factors.length === 0 ? range : `${range}, ${pick('enlarged', 'vergrößert')} ${factors.join(', ')}`;
}

// ---------------------------------------------------------------- info

export type Info = Voice &
  Pick<CommandLine, 'activeModel' | 'hasDefaultStyle'> & {
    /** Installed now. */
    readonly models: readonly ModelInfo[];
    /** A style of the request is not what it was any more: typed again, the command draws something else. */
    readonly isStyleChanged?: boolean | undefined;
    readonly jobId: JobId;
    readonly request: ImageRequest;
    readonly task?: Task | undefined;
    readonly state: JobState;
    readonly images: readonly StoredImage[];
    /** Only this picture, from 0. */
    readonly cell?: number | undefined;
    readonly timings?: JobTimings | undefined;
    readonly provider?: string | undefined;
  };

/** `1024×1024 (drawn at 256×256, enlarged ×4)`; what was made counts, not what was asked for. */
function sizeOf(request: ImageRequest, made: Pick<StoredImage, 'widthPx' | 'heightPx'> | undefined, language: Language): string {
  const { widthPx, heightPx } = made ?? request;
  const size = formatSize(widthPx, heightPx);
  const drawn = drawnSize(request);
  if (request.upscale === undefined || widthPx === drawn.widthPx) return size;
  const small = formatSize(drawn.widthPx, drawn.heightPx);
  return `${size} (${pickFor(language)(`drawn at ${small}, enlarged`, `gezeichnet mit ${small}, vergrößert`)} ×${request.upscale})`;
}

const stateNames = {
  en: { waiting: 'waiting', running: 'running', done: 'done', failed: 'failed', cancelled: 'cancelled' },
  de: { waiting: 'wartet', running: 'läuft', done: 'fertig', failed: 'gescheitert', cancelled: 'abgebrochen' },
} as const satisfies Record<Language, Record<JobState, string>>;

/** All that decides the picture, and the command that makes it again. */
export function renderInfo(info: Info): RichText {
  const { jobId, images, cell, language } = info;
  const pick = pickFor(language);
  const image = cell === undefined ? undefined : images.find(({ index }) => index === cell);
  // One picture of several is, by itself, a request for one with its own seed.
  const request = image === undefined ? info.request : singleRequest(info.request, image.index);
  const rows = facts({ ...info, request }, image).filter(([, value]) => value !== '');
  return [
    paragraph(bold(image === undefined ? jobId : `${jobId}/${cellOf(info.request, image.index)}`)),
    { kind: 'table', head: pick(['Field', 'Value'], ['Angabe', 'Wert']), rows },
    ...(isDrawn(info.task) && request.init === undefined
      ? [paragraph(pick('The very same again:', 'Noch einmal genau so:')), { kind: 'code', text: commandAgain(info, request) } as const]
      : []),
  ];
}

/** What makes the same pixels: the words, or the stored request where words no longer say it. */
function commandAgain(info: Info, request: ImageRequest): string {
  if (info.isStyleChanged !== true) return commandOf(request, { ...info, model: modelOf(info, request) });
  const subject = request === info.request ? info.jobId : `${info.jobId}/${cellOf(info.request, info.cell ?? 0)}`;
  return `${info.prefix} ${pickFor(info.language)('replay', 'reproduzieren')} ${subject}`;
}

const modelOf = ({ models }: Pick<Info, 'models'>, { model }: ImageRequest): ModelInfo | undefined =>
  models.find(({ name }) => name === model);

/** Not made from a finished picture alone. */
const isDrawn = (task: Task | undefined): boolean => task?.kind !== 'upscale' && task?.kind !== 'enhance';

function facts(info: Info, image: StoredImage | undefined): readonly (readonly [string, string])[] {
  const { request, state, images, timings, provider, language } = info;
  const model = modelOf(info, request);
  const pick = pickFor(language);
  const { count } = request;
  const shownImages = image === undefined ? images : [image];
  // Rows of a batch may differ.
  const ofAll = (key: keyof Variant, value: string): string => (isCommon(request, key) ? value : '');
  // Of a picture that somebody uploaded, nothing is known of how it was made.
  const ofDrawing = (rows: readonly (readonly [string, string])[]): typeof rows => (request.model === '' ? [] : rows);
  return [
    ['Prompt', request.prompt],
    [pick('Without', 'Ohne'), request.negativePrompt],
    [pick('Style', 'Stil'), (request.styles ?? []).join(', ')],
    [pick('Expanded', 'Ausformuliert'), expanded(request)],
    [pick('Comes from', 'Herkunft'), lineage(info.task, request, language)],
    ...ofDrawing([['Seed', seedText(request)]]),
    [pick('Pictures', 'Bilder'), String(count)],
    [
      pick('Size', 'Größe'),
      ofAll(
        'widthPx',
        ofAll('heightPx', sizeOf(request, image ?? images.find(({ widthPx }) => widthPx === request.widthPx) ?? images[0], language)),
      ),
    ],
    ...ofDrawing([
      [pick('Steps', 'Schritte'), ofAll('steps', String(request.steps))],
      ['Guidance', model?.guidance === false ? '' : ofAll('guidanceScale', formatNumber(request.guidanceScale, language))],
      [pick('Quality', 'Qualität'), request.quality === 'high' ? pick('high', 'hoch') : pick('fast', 'schnell')],
      [
        pick('Model', 'Modell'),
        ofAll(
          'model',
          model === undefined
            ? `${request.model} (${pick('no longer installed', 'nicht mehr installiert')})`
            : `${model.title} (${model.name})`,
        ) || modelsOf(request).join(', '),
      ],
      [pick('Model hash', 'Modell-Hash'), hashesOf(shownImages)],
    ]),
    [pick('Computed on', 'Gerechnet auf'), provider === undefined ? '' : providerTitle(provider)],
    [pick('State', 'Stand'), stateNames[language][state]],
    [pick('Times', 'Zeiten'), timesText(image?.timings ?? timings, image === undefined ? timings : undefined, language)],
    ...shownImages.flatMap(({ index, similarity, heldBack }) => {
      const cell = cellOf(info.request, index);
      const rows: (readonly [string, string])[] = [];
      if (heldBack !== undefined) rows.push([`${pick('Held back', 'Zurückgehalten')} ${cell}`, heldBackLine(heldBack, language)]);
      if (similarity !== undefined) rows.push([`${pick('Comparison', 'Vergleich')} ${cell}`, verdictLine(similarity, language)]);
      return rows;
    }),
    // By its hash, whoever gets into the local room could open a picture that is not shown.
    ...shownImages
      .filter(({ heldBack }) => heldBack === undefined)
      .map(({ index, key }) => [`SHA-256 ${cellOf(info.request, index)}`, key.replace(/\.\w+$/u, '')] as const),
  ];
}

/** More than one where the model's files were changed while the job was made. */
const hashesOf = (images: readonly StoredImage[]): string => [...new Set(images.flatMap(({ modelHash }) => modelHash ?? []))].join(', ');

/** What the model saw, where a style made more of the words. */
function expanded({ prompt, variants = [] }: ImageRequest): string {
  const [only, ...more] = variants;
  return only === undefined || more.length > 0 || only.prompt === prompt ? '' : only.prompt;
}

const seedText = (request: ImageRequest): string => {
  const each = perVariant(request);
  return each === 1 ? String(request.seed) : `${request.seed} … ${request.seed + each - 1}`;
};

function timesText(stages: Parameters<typeof stageParts>[0] | undefined, job: JobTimings | undefined, language: Language): string {
  if (stages === undefined) return '';
  const waited = job === undefined ? [] : [`${pickFor(language)('waited', 'gewartet')} ${formatDuration(job.waitedMs, language)}`];
  return [...waited, ...stageParts(stages, language)].join(' · ');
}
