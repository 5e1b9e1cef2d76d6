import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { throwIfAborted } from './cancellation.ts';
import { InferenceError } from './errors.ts';
import type { LoadOptions } from './pipeline.ts';
import { OnnxSession } from './session.ts';
import { openUpscalerFolder, type GraphFactor } from './upscaler-folder.ts';
import { createTileFeed, describeUpscalerGraph, enlargeTile, type UpscalerGraph } from './upscaler-graph.ts';
import { PictureMosaic } from './upscaler-mosaic.ts';
import { passesFor, type EnlargeFactor, type Pass } from './upscaler-passes.ts';
import { cropAndShrink, cutOut, type Picture } from './upscaler-pixels.ts';
import { tilesAlong, type Tile } from './upscaler-tiles.ts';

export type { EnlargeFactor } from './upscaler-passes.ts';
export type { Picture } from './upscaler-pixels.ts';

type Size = Pick<Picture, 'widthPx' | 'heightPx'>;

export type UpscaleHooks = {
  readonly signal?: AbortSignal;
  /** After each tile, from 1 to `tiles`, those of a second pass included. */
  onTile?(tile: number, tiles: number): void;
};

export interface Upscaler {
  readonly name: string;
  /** Runs that a picture of this size takes. The first call for a factor loads its graphs. Throws InferenceError. */
  countTiles(size: Size, factor: EnlargeFactor): Promise<number>;
  /**
   * The picture `factor` times as wide and as high, with one graph or two after each other. Calls queue up: one runs at a time. The
   * first one of a factor loads its graphs. Memory beside the pictures: one row of tiles. Throws InferenceError; `cancelled` between
   * two tiles.
   */
  upscale(picture: Picture, factor: EnlargeFactor, hooks?: UpscaleHooks): Promise<Picture>;
  /** Milliseconds inside onnxruntime's `run`, all pictures together. */
  readonly runMs: number;
  /** Frees the graphs once the current picture is done. */
  close(): Promise<void>;
}

/**
 * A super-resolution folder: `blitzbild-upscaler.json` and a graph for ×2, ×4 or both, [1, 3, height, width] in 0 … 1 to
 * [1, 3, factor · height, factor · width]. Checks the files and loads none of them yet. Throws InferenceError, `model_*`.
 */
export function loadUpscaler(folder: string, options: LoadOptions): Upscaler {
  const { name, graphs, tile } = openUpscalerFolder(folder, options.provider);
  const sessions = new Map<GraphFactor, OnnxSession>();
  let last: Promise<unknown> = Promise.resolve(); // onnxruntime wants one run at a time
  let isClosed = false;
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

  async function open({ graph }: Pass): Promise<UpscalerGraph> {
    if (isClosed) throw new InferenceError('run_failed', 'The upscaler was closed.');
    const session = sessions.get(graph) ?? (await OnnxSession.open(graphs.get(graph)!, options));
    sessions.set(graph, session);
    return describeUpscalerGraph(session, tile);
  }

  /** The passes for a factor, each with its graph and its tiles. */
  async function plan({ widthPx, heightPx }: Size, factor: EnlargeFactor): Promise<readonly Step[]> {
    const steps: Step[] = [];
    let before = 1;
    for (const pass of passesFor(factor, graphs)) {
      const graph = await open(pass);
      steps.push({ pass, graph, rows: tilesAlong(heightPx * before, graph.rows), columns: tilesAlong(widthPx * before, graph.columns) });
      before *= pass.graph / pass.shrink;
    }
    return steps;
  }

  return {
    name,
    countTiles: (size, factor) => next(async () => tilesIn(await plan(size, factor))),
    upscale: (picture, factor, hooks = {}) =>
      next(async () => {
        checkPicture(picture);
        throwIfAborted(hooks.signal);
        const steps = await plan(picture, factor);
        const tiles = tilesIn(steps);
        let done = 0;
        const afterTile = (): void => hooks.onTile?.((done += 1), tiles);
        let made = picture;
        for (const step of steps) made = await run(step, made, hooks.signal, afterTile);
        return made;
      }),
    get runMs() {
      return [...sessions.values()].reduce((sum, session) => sum + session.runMs, 0);
    },
    close: () =>
      next(async () => {
        isClosed = true;
        for (const session of sessions.values()) await session.release();
        sessions.clear();
      }),
  };
}

type Step = { readonly pass: Pass; readonly graph: UpscalerGraph; readonly rows: readonly Tile[]; readonly columns: readonly Tile[] };

const tilesIn = (steps: readonly Step[]): number => steps.reduce((sum, { rows, columns }) => sum + rows.length * columns.length, 0);

/** One pass over the whole picture, tile by tile. */
async function run(
  { pass, graph, rows, columns }: Step,
  picture: Picture,
  signal: AbortSignal | undefined,
  afterTile: () => void,
): Promise<Picture> {
  const factor = pass.graph / pass.shrink;
  const [widthPx, heightPx] = [picture.widthPx * factor, picture.heightPx * factor];
  const mosaic = emptyMosaic(widthPx, heightPx, factor);
  const inputWidth = columns[0]!.inputPx;
  const feed = createTileFeed(graph, rows[0]!.inputPx, inputWidth);
  for (const [i, row] of rows.entries()) {
    mosaic.beginRow(row);
    for (const column of columns) {
      await eventLoopTurn(); // so that a message that cancels can arrive
      throwIfAborted(signal);
      cutOut(picture, row, column, feed.values);
      const size = { width: column.sizePx * factor, height: row.sizePx * factor, shrink: pass.shrink };
      const values = await enlargeTile(graph, feed, pass.graph);
      mosaic.add(column, cropAndShrink(values, inputWidth * pass.graph, size), graph.graph.label);
      afterTile();
    }
    mosaic.endRow(row, rows[i + 1]);
  }
  return { pixels: mosaic.pixels, widthPx, heightPx };
}

function emptyMosaic(widthPx: number, heightPx: number, factor: number): PictureMosaic {
  try {
    return new PictureMosaic(widthPx, heightPx, factor);
  } catch (error) {
    const message = `There was not enough memory for a picture of ${widthPx}×${heightPx}.`;
    throw new InferenceError('out_of_memory', message, { widthPx, heightPx }, { cause: error });
  }
}

function checkPicture({ pixels, widthPx, heightPx }: Picture): void {
  const isWhole = Number.isSafeInteger(widthPx) && Number.isSafeInteger(heightPx) && widthPx > 0 && heightPx > 0;
  if (isWhole && pixels.length === widthPx * heightPx * 3) return;
  throw new InferenceError('request_invalid', `${pixels.length} bytes are no RGB picture of ${widthPx}×${heightPx}.`, {
    widthPx,
    heightPx,
  });
}
