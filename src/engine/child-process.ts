import { basename } from 'node:path';
import { AppError } from '#core/errors.ts';
import type { EngineStatus, GeneratedPicture, ImageEngine, PictureRequest, Pixels } from '#core/ports.ts';
import type { EnlargeFactor } from '#core/model-info.ts';
import { ChildSlots, closed } from '#src/engine/child-slots.ts';
import type { EngineChild, OnStep } from '#src/engine/engine-child.ts';
import { CallFailed, ChildCrashed } from '#src/engine/failures.ts';
import { defaultEngineOptions } from '#src/engine/options.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import { generatedPicture, pictureCall } from '#src/engine/picture-call.ts';
import { FatalEnlargements, upscaleCall } from '#src/engine/upscale-call.ts';
import type { Progress } from '#src/engine/upscale-call.ts';
import { throwIfCancelled } from '#src/engine/waiting.ts';

type Hooks = Parameters<ImageEngine['generate']>[1];

/** Pictures from a forked child, which blocks, may crash and gives its memory back only by ending. */
export class ChildProcessEngine implements ImageEngine {
  readonly #options: Required<EngineOptions>;
  readonly #children: ChildSlots;
  readonly #fatalEnlargements = new FatalEnlargements();
  #isBusy = false;

  constructor(options: EngineOptions) {
    this.#options = { ...defaultEngineOptions, ...options };
    this.#children = new ChildSlots(this.#options);
  }

  status(): EngineStatus {
    return this.#children.status();
  }

  /** Of the child, while there is one. */
  get pid(): number | undefined {
    return this.#children.pid;
  }

  /** How often the child ended by itself and was started again. */
  get restarts(): number {
    return this.#children.restarts;
  }

  /** Loads a model ahead of its first picture. Rejects with an `AppError`. */
  async start(model: string): Promise<void> {
    await this.#children.withModel(model);
  }

  async generate(request: PictureRequest, { signal, onStep }: Hooks): Promise<GeneratedPicture> {
    return await this.#alone(async () => {
      throwIfCancelled(signal);
      const { child, provider } = await this.#children.withModel(request.model, signal);
      const endedBefore = this.#fatalEnlargements.has(request);
      const upscale = endedBefore ? undefined : upscaleCall(request.upscale, this.#options, provider);
      let progress: Progress = { step: 0, steps: 0, tiles: 0 };
      const keepProgress: OnStep = (step, steps, tiles) => {
        progress = { step, steps, tiles };
        onStep(step, steps);
      };
      try {
        const result = await this.#call({ child, name: request.model }, { signal, onStep: keepProgress }, (told) =>
          child.generate(pictureCall(request, upscale), told),
        );
        const isLeftOut = request.upscale !== undefined && upscale === undefined;
        const whyLeftOut = endedBefore ? 'enlarging such a picture ended the engine before' : 'no upscaler is installed';
        return generatedPicture(result, { provider, ...(isLeftOut ? { notUpscaled: whyLeftOut } : {}) });
      } catch (error) {
        if (error instanceof AppError && error.code === 'engine_crashed') this.#fatalEnlargements.note(request, progress);
        throw error;
      }
    });
  }

  async enlarge({ pixels, widthPx: width, heightPx: height }: Pixels, factor: EnlargeFactor, { signal, onStep }: Hooks): Enlarging {
    return await this.#alone(async () => {
      throwIfCancelled(signal);
      const { upscalerFolder } = this.#options;
      if (upscalerFolder === undefined) throw new AppError('upscaler_missing');
      const { child, provider } = await this.#children.any(signal);
      const upscale = upscaleCall(factor, this.#options, provider)!;
      const name = basename(upscalerFolder);
      const made = await this.#call({ child, name }, { signal, onStep: (step, steps) => onStep(step, steps) }, (told) =>
        child.enlarge({ width, height, pixels, upscale }, told),
      ).catch((error: unknown) => {
        // Taken away while the program runs.
        throw error instanceof AppError && error.code === 'model_missing' ? new AppError('upscaler_missing', error.params) : error;
      });
      return { pixels: made.pixels, widthPx: made.width, heightPx: made.height, upscaleMs: made.upscaleMs, provider: made.provider };
    });
  }

  async close(): Promise<void> {
    await this.#children.close();
  }

  async #alone<Made>(work: () => Promise<Made>): Promise<Made> {
    if (this.#isBusy) throw new Error('calls of generate and enlarge must not overlap');
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  /** One call of the child, told to end when `signal` says so and ended by force where it doesn't listen. Rejects with an `AppError`. */
  async #call<Made>(
    { child, name }: { readonly child: EngineChild; readonly name: string },
    { signal, onStep }: { readonly signal: AbortSignal; readonly onStep: OnStep },
    ask: (told: OnStep) => Promise<Made>,
  ): Promise<Made> {
    throwIfCancelled(signal);
    let grace: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      child.cancel();
      grace = setTimeout(() => this.#children.endByForce(child), this.#options.cancelGraceMs);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const made = await ask((...step) => {
        if (!signal.aborted) onStep(...step);
      });
      throwIfCancelled(signal);
      this.#children.noteSuccess();
      return made;
    } catch (error) {
      throwIfCancelled(signal);
      if (error instanceof ChildCrashed && this.#children.isClosed) throw closed(error);
      throw error instanceof CallFailed || error instanceof ChildCrashed ? error.toAppError(name) : error;
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', cancel);
    }
  }
}

type Enlarging = ReturnType<ImageEngine['enlarge']>;
