/** `config/models.json`: the models that `blitzbild models pull NAME` knows, with where they are and what they are good for. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { modelName, parseManifest } from '#src/weights/manifest.ts';
import { parseWith } from '#src/weights/manifest-file.ts';
import { checkPaths, whyUnsafe } from '#src/weights/store/safe-path.ts';

/** `owner/name`, as hubs write it. Source: huggingface_hub, `utils/_validators.py`. */
export const repositoryName = /^[\w.-]{1,96}\/[\w.-]{1,96}$/;

const path = z.string().refine((text) => whyUnsafe(text) === undefined, 'must be a path below the folder, such as unet/model.onnx');

const file = z.union([
  path,
  z.strictObject({
    from: path,
    /** Where it is put; where it lies in the repository if nothing is said. */
    to: path.optional(),
    /** Taken where the repository has it. */
    optional: z.boolean().default(false),
    /** Its size, where a source gives it for the commit that `revision` names. */
    bytes: z.int().min(0).optional(),
    /** Of the content, where a source gives it. Without it the hub's own metadata counts. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
      .optional(),
  }),
]);

const licence = z.strictObject({
  name: z.string().min(1),
  url: z.url({ protocol: /^https$/ }).optional(),
  /** What a team must know before it uses the pictures, in plain words. */
  summary: z.string().min(1),
});

const entry = z.strictObject({
  name: z.string().regex(modelName, 'letters, digits, dots, dashes and underscores, at most 64'),
  title: z.string().min(1),
  repo: z.string().regex(repositoryName, 'must be owner/name'),
  /** A branch, a tag or a commit. */
  revision: z.string().min(1).default('main'),
  licence,
  goodFor: z.string().min(1),
  sizePx: z.string().min(1),
  steps: z.string().min(1),
  /** While it draws. */
  memory: z.string().min(1),
  /** About; exactly it is read from the hub. */
  downloadGigabytes: z.number().positive(),
  files: z.array(file).min(1),
  /** JSON files that are written beside them, over those of the repository. */
  write: z.record(path, z.record(z.string(), z.unknown())).default({}),
  /** The same, where the repository has none. */
  writeIfMissing: z.record(path, z.record(z.string(), z.unknown())).default({}),
  /** Where repository, layout and numbers were read. */
  source: z.array(z.string().min(1)).min(1),
});

const list = z.strictObject({ about: z.string().optional(), models: z.array(entry) });

export type CuratedModel = z.infer<typeof entry>;

/** One line of the list, with everything said. */
export type WantedFile = {
  readonly from: string;
  readonly to: string;
  readonly optional: boolean;
  readonly bytes?: number;
  readonly sha256?: string;
};

/** Throws an `Error` whose message names every mistake with its key. */
export function parseCurated(json: unknown): readonly CuratedModel[] {
  const { models } = parseWith(list, json, 'models.json');
  const names = models.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`models.json: ${twice} stands there twice`);
  for (const model of models) {
    checkPaths(wantedFiles(model).map(({ to }) => to));
    const manifest = model.write['blitzbild.json'];
    if (manifest !== undefined && parseManifest(manifest).name !== model.name)
      throw new Error(`models.json: blitzbild.json of ${model.name} has another name`);
  }
  return models;
}

export const readCurated = async (file: string | URL): Promise<readonly CuratedModel[]> =>
  parseCurated(JSON.parse(await readFile(file, 'utf8')));

export const wantedFiles = ({ files }: Pick<CuratedModel, 'files'>): readonly WantedFile[] =>
  files.map((one) => {
    if (typeof one === 'string') return { from: one, to: one, optional: false };
    const { from, to = from, optional, bytes, sha256 } = one;
    return { from, to, optional, ...(bytes === undefined ? {} : { bytes }), ...(sha256 === undefined ? {} : { sha256 }) };
  });
