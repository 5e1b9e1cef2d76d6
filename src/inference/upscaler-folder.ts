import { statSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceError } from './errors.ts';
import { checkGraph } from './model-folder.ts';
import { optionalNumber, readModelJson, type Json } from './model-json.ts';

export type UpscaleFactor = 2 | 4;

/** What the graphs of `blitzbild-upscaler.json` may be run with. */
export type UpscalerFolder = {
  readonly name: string;
  readonly graphs: ReadonlyMap<UpscaleFactor, string>; // absolute paths
  /** Larger pictures are enlarged in tiles of this size, each at least `overlapPx` over the next. */
  readonly tile: { readonly sizePx: number; readonly overlapPx: number };
};

const FILE = 'blitzbild-upscaler.json';
const LEAST_OVERLAP_PX = 32;

/** Reads the folder's manifest and looks its graphs through. Throws InferenceError, `model_*`. */
export function openUpscalerFolder(folder: string, provider: string): UpscalerFolder {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new InferenceError('model_missing', `There is no upscaler folder ${folder}.`, { folder });
  const json = readModelJson(folder, FILE);
  const graphs = new Map<UpscaleFactor, string>();
  for (const factor of [2, 4] as const) {
    const file = objectAt(json, 'factors')[factor];
    if (file === undefined) continue;
    if (typeof file !== 'string' || !/^[\w-]+\.onnx$/.test(file)) throw wrong(`factors.${factor} must name an .onnx file beside it`);
    checkGraph(folder, file, provider);
    graphs.set(factor, join(folder, file));
  }
  if (graphs.size === 0) throw wrong('factors must name a graph for 2 or 4');
  const name = json['name'];
  if (typeof name !== 'string' || name === '') throw wrong('name is missing');
  return { name, graphs, tile: readTile(json) };
}

function readTile(json: Json): UpscalerFolder['tile'] {
  const tile = objectAt(json, 'tile');
  const [sizePx = NaN, overlapPx = NaN] = [optionalNumber(tile, 'sizePx'), optionalNumber(tile, 'overlapPx')];
  const isWhole = Number.isInteger(sizePx) && Number.isInteger(overlapPx);
  if (!isWhole || overlapPx < LEAST_OVERLAP_PX || sizePx < 2 * overlapPx)
    throw wrong(`tile.overlapPx must be at least ${LEAST_OVERLAP_PX} and tile.sizePx at least twice that`);
  return { sizePx, overlapPx };
}

function objectAt(json: Json, key: string): Json {
  const value = json[key];
  if (typeof value !== 'object' || value === null) throw wrong(`${key} is missing`);
  return value as Json;
}

const wrong = (what: string): InferenceError => new InferenceError('model_config', `${FILE}: ${what}.`, { file: FILE });
