import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { throwIfAborted } from './cancellation.ts';
import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import type { LoadOptions } from './pipeline.ts';
import { OnnxSession } from './session.ts';
import { createFloatFeed, type FloatFeed } from './tensor.ts';
import { openUpscalerFolder, type UpscaleFactor } from './upscaler-folder.ts';
import { PictureMosaic } from './upscaler-mosaic.ts';
import { tilesAlong } from './upscaler-tiles.ts';

export type { UpscaleFactor } from './upscaler-folder.ts';

/** RGB, [heightPx, widthPx, 3] in 0 … 255. */
export type Picture = { readonly pixels: Uint8Array; readonly widthPx: number; readonly heightPx: number };

export type UpscaleHooks = {
  readonly signal?: AbortSignal;
  /** After each tile, from 1 to `tiles`. */
  onTile?(tile: number, tiles: number): void;
};

export interface Upscaler {
  readonly name: string;
  readonly factors: readonly UpscaleFactor[];
  /** Runs that a picture of this size takes: 1 where it fits one tile. */
  countTiles(size: Pick<Picture, 'widthPx' | 'heightPx'>): number;
  /**
   * The picture `factor` times as wide and as high. Calls queue up: one runs at a time. The first one of a factor loads its graph.
   * Memory beside the pictures: one row of tiles. Throws InferenceError; `cancelled` between two tiles.
   */
  upscale(picture: Picture, factor: UpscaleFactor, hooks?: UpscaleHooks): Promise<Picture>;
  /** Milliseconds inside onnxruntime's `run`, all pictures together. */
  readonly runMs: number;
  /** Frees the graphs once the current picture is done. */
  close(): Promise<void>;
}

/**
 * A super-resolution folder: `blitzbild-upscaler.json` and a graph per factor (`image` [1, 3, height, width] in 0 … 1 to
 * `upscaled` [1, 3, factor · height, factor · width]). Checks the files and loads none of them yet. Throws InferenceError, `model_*`.
 */
export function loadUpscaler(folder: string, options: LoadOptions): Upscaler {
  const { name, graphs, tile } = openUpscalerFolder(folder, options.provider);
  const sessions = new Map<UpscaleFactor, OnnxSession>();
  let last: Promise<unknown> = Promise.resolve(); // onnxruntime wants one run at a time
  let isClosed = false;
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

  async function sessionFor(factor: UpscaleFactor): Promise<OnnxSession> {
    if (isClosed) throw new InferenceError('run_failed', 'The upscaler was closed.');
    const path = graphs.get(factor);
    if (path === undefined)
      throw new InferenceError(
        'request_invalid',
        `The upscaler ${name} has no factor ${factor}; it has ${[...graphs.keys()].join(', ')}.`,
        {
          factor,
        },
      );
    const session = sessions.get(factor) ?? (await OnnxSession.open(path, options));
    sessions.set(factor, session);
    return session;
  }

  const tilesOf = ({ widthPx, heightPx }: Pick<Picture, 'widthPx' | 'heightPx'>) => ({
    columns: tilesAlong(widthPx, tile.sizePx, tile.overlapPx),
    rows: tilesAlong(heightPx, tile.sizePx, tile.overlapPx),
  });

  return {
    name,
    factors: [...graphs.keys()],
    countTiles(size) {
      const { columns, rows } = tilesOf(size);
      return columns.length * rows.length;
    },
    upscale: (picture, factor, hooks = {}) =>
      next(async () => {
        checkPicture(picture);
        throwIfAborted(hooks.signal);
        const session = await sessionFor(factor);
        const { columns, rows } = tilesOf(picture);
        const mosaic = new PictureMosaic(picture.widthPx * factor, picture.heightPx * factor, factor);
        const feed = createFeed(session, [1, 3, rows[0]!.sizePx, columns[0]!.sizePx]);
        let done = 0;
        for (const [i, row] of rows.entries()) {
          mosaic.beginRow(row);
          for (const column of columns) {
            await eventLoopTurn(); // so that a message that cancels can arrive
            throwIfAborted(hooks.signal);
            cutOut(picture, column.startPx, row.startPx, feed);
            mosaic.add(column, await enlarge(session, feed, factor), session.label);
            hooks.onTile?.((done += 1), columns.length * rows.length);
          }
          mosaic.endRow(row, rows[i + 1]);
        }
        return { pixels: mosaic.pixels, widthPx: picture.widthPx * factor, heightPx: picture.heightPx * factor };
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

function checkPicture({ pixels, widthPx, heightPx }: Picture): void {
  const isWhole = Number.isSafeInteger(widthPx) && Number.isSafeInteger(heightPx) && widthPx > 0 && heightPx > 0;
  if (isWhole && pixels.length === widthPx * heightPx * 3) return;
  throw new InferenceError('request_invalid', `${pixels.length} bytes are no RGB picture of ${widthPx}×${heightPx}.`, {
    widthPx,
    heightPx,
  });
}

function createFeed(graph: Graph, dims: readonly number[]): FloatFeed {
  const input = graph.inputs.get('image');
  const isFree = input?.shape.length === 4 && input.shape.every((dim, i) => typeof dim === 'string' || (i < 2 && dim === dims[i]));
  if (!input || !isFree || !graph.outputs.has('upscaled'))
    throw new InferenceError('model_config', `${graph.label} must have an input image [1, 3, height, width] and an output upscaled.`, {
      file: graph.label,
    });
  return createFloatFeed(input, dims);
}

/** Bytes [height, width, 3] from (left, top) on to 0 … 1, [3, tile height, tile width]. */
function cutOut({ pixels, widthPx }: Picture, left: number, top: number, { tensor, values }: FloatFeed): void {
  const [, , tileHeight = 0, tileWidth = 0] = tensor.dims;
  const plane = tileHeight * tileWidth;
  for (let y = 0, target = 0; y < tileHeight; y++) {
    let source = ((top + y) * widthPx + left) * 3;
    for (let x = 0; x < tileWidth; x++, target++) {
      for (let channel = 0; channel < 3; channel++) values[channel * plane + target] = pixels[source++]! / 255;
    }
  }
}

/** One run: [3, factor · height, factor · width] in about 0 … 1. Throws `model_config` for another size. */
async function enlarge(graph: Graph, { tensor }: FloatFeed, factor: UpscaleFactor): Promise<Float32Array | Float16Array> {
  const [, , height = 0, width = 0] = tensor.dims;
  const { dims, values } = (await graph.run({ image: tensor })).get('upscaled')!;
  const wanted = [1, 3, height * factor, width * factor];
  if (dims.length === 4 && dims.every((dim, i) => dim === wanted[i])) return values;
  throw new InferenceError('model_config', `${graph.label} made [${dims.join(', ')}] instead of [${wanted.join(', ')}].`, {
    file: graph.label,
  });
}
