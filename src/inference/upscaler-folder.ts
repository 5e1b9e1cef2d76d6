import { statSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceError } from './errors.ts';
import { checkGraph } from './model-folder.ts';
import { optionalNumber, readModelJson, type Json } from './model-json.ts';

/** By how much one run of a graph enlarges. */
export type GraphFactor = 2 | 4;

/** What the graphs of `blitzbild-upscaler.json` may be run with. */
export type UpscalerFolder = {
  readonly name: string;
  readonly graphs: ReadonlyMap<GraphFactor, string>; // absolute paths
  readonly tile: TileRules;
};

/** Larger pictures are enlarged in tiles of at most this size, each at least `overlapPx` over the next. Of the small picture. */
export type TileRules = {
  readonly sizePx: number;
  readonly overlapPx: number;
  /** Sides that the graph takes. */
  readonly multipleOfPx: number;
};

const FILE = 'blitzbild-upscaler.json';
export const LEAST_OVERLAP_PX = 32;
const DEFAULT_TILE: TileRules = { sizePx: 256, overlapPx: LEAST_OVERLAP_PX, multipleOfPx: 1 };

/** Reads the folder's manifest and looks its graphs through. Throws InferenceError, `model_*`. */
export function openUpscalerFolder(folder: string, provider: string): UpscalerFolder {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new InferenceError('model_missing', `There is no upscaler folder ${folder}.`, { folder });
  const json = readModelJson(folder, FILE);
  const graphs = new Map<GraphFactor, string>();
  for (const factor of [2, 4] as const) {
    const file = objectAt(json, 'factors')[factor];
    if (file === undefined) continue;
    if (typeof file !== 'string' || !/^[\w.-]+\.onnx$/.test(file)) throw wrong(`factors.${factor} must name an .onnx file beside it`);
    checkGraph(folder, file, provider);
    graphs.set(factor, join(folder, file));
  }
  if (graphs.size === 0) throw wrong('factors must name a graph for 2 or 4');
  const name = json['name'];
  if (typeof name !== 'string' || name === '') throw wrong('name is missing');
  return { name, graphs, tile: json['tile'] === undefined ? DEFAULT_TILE : readTile(objectAt(json, 'tile')) };
}

function readTile(tile: Json): TileRules {
  const numberAt = (key: keyof TileRules): number => (tile[key] === undefined ? DEFAULT_TILE[key] : (optionalNumber(tile, key) ?? NaN));
  const [sizePx, overlapPx, multipleOfPx] = [numberAt('sizePx'), numberAt('overlapPx'), numberAt('multipleOfPx')];
  const isWhole = [sizePx, overlapPx, multipleOfPx].every(Number.isInteger);
  if (!isWhole || overlapPx < LEAST_OVERLAP_PX || sizePx < 2 * overlapPx)
    throw wrong(`tile.overlapPx must be at least ${LEAST_OVERLAP_PX} and tile.sizePx at least twice that`);
  if (multipleOfPx < 1 || sizePx % multipleOfPx !== 0) throw wrong('tile.multipleOfPx must be 1 or more, and tile.sizePx a multiple of it');
  return { sizePx, overlapPx, multipleOfPx };
}

function objectAt(json: Json, key: string): Json {
  const value = json[key];
  if (typeof value !== 'object' || value === null) throw wrong(`${key} is missing`);
  return value as Json;
}

const wrong = (what: string): InferenceError => new InferenceError('model_config', `${FILE}: ${what}.`, { file: FILE });
