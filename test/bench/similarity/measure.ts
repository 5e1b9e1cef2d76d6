/** Fills a library, asks for pictures that are in it and for more that are not, and notes what is answered. */
import type { Pixels } from '#core/ports.ts';
import type { PictureEmbedder } from '#core/similarity-port.ts';
import { hashForm, queryHashes, queryVectors, queryViews, referenceHashes, referenceVectors } from '#src/similarity/fingerprints.ts';
import { closeness } from '#src/similarity/library-check.ts';
import { ReferenceIndex } from '#src/similarity/reference-index.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';
import { chance } from './chance.ts';
import type { Picture, Source } from './pictures.ts';
import { strengths, transformations, type Strength } from './transformations.ts';

export const modes = ['hash', 'model', 'both'] as const;
/** What is compared: the hash alone, the vectors alone, or both, as the program does it. */
export type Mode = (typeof modes)[number];

export type Named = {
  /** Above 0 it is a match. */
  readonly closeness: number;
  readonly isRight: boolean;
};

export type Query = {
  /** `undefined`: a stranger. */
  readonly transformation: string | undefined;
  readonly strength: Strength | undefined;
  readonly kind: Picture['kind'];
  readonly isEdited: boolean;
  readonly named: Readonly<Partial<Record<Mode, Named>>>;
};

export type Plan = {
  readonly works: number;
  /** Works that each transformation in each strength is made of. */
  readonly perStrength: number;
  readonly strangers: number;
};

export type Sources = { readonly works: Source; readonly strangers: Source };

/** @param embedder absent where no model is installed: then hashes are measured alone */
export const measure = async (
  plan: Plan,
  sources: Sources,
  embedder: PictureEmbedder | undefined,
  say: (line: string) => void,
): Promise<readonly Query[]> => {
  const library = new ReferenceLibrary(':memory:');
  try {
    say(`${plan.works} works`);
    const works: (Picture & { readonly id: string })[] = [];
    for (let at = 0; at < plan.works; at++) {
      const work = await sources.works.at(at);
      works.push({ ...work, id: await put(library, work, embedder) });
    }
    const ask = asker(library, embedder);
    const queries: Query[] = [];
    for (const { name, apply } of transformations) {
      say(name);
      for (const strength of strengths)
        for (let at = 0; at < plan.perStrength; at++) {
          const luck = chance('query', name, strength, at);
          const work = luck.oneOf(works);
          const picture = await apply(work.picture, strength, luck);
          queries.push({ transformation: name, strength, kind: work.kind, isEdited: true, named: await ask(picture, work.id) });
        }
    }
    say(`${plan.strangers} strangers`);
    for (let at = 0; at < plan.strangers; at++) {
      const { kind, picture } = await sources.strangers.at(at);
      const isEdited = isHandled(at);
      const shown = isEdited ? await handled(picture, at) : picture;
      queries.push({ transformation: undefined, strength: undefined, kind, isEdited, named: await ask(shown, undefined) });
    }
    return queries;
  } finally {
    library.close();
  }
};

/** Half of the strangers come as they are, as the program's own pictures do; the others were edited like the copies. In pairs, because art and drawings take turns. */
const isHandled = (at: number): boolean => Math.floor(at / 2) % 2 === 1;

const handled = async (picture: Pixels, at: number): Promise<Pixels> => {
  const luck = chance('stranger', at);
  return luck.oneOf(transformations).apply(picture, luck.oneOf(strengths), luck);
};

const put = async (library: ReferenceLibrary, { name, picture }: Picture, embedder: PictureEmbedder | undefined): Promise<string> => {
  const { widthPx, heightPx } = picture;
  const unread = { bytes: 0, modifiedMs: 0, sha256: name, pixelsSha256: name };
  const hashes = await referenceHashes(picture);
  const vectors = embedder === undefined ? {} : { vectors: { model: embedder.hash, values: await referenceVectors(picture, embedder) } };
  return library.put({ ...unread, path: name, title: name, widthPx, heightPx, hashes, hashForm, ...vectors });
};

const asker = (
  library: ReferenceLibrary,
  embedder: PictureEmbedder | undefined,
): ((picture: Pixels, right: string | undefined) => Promise<Query['named']>) => {
  const index = new ReferenceIndex(library, embedder);
  return async (picture, right) => {
    const views = await queryViews(picture);
    const vectors = embedder === undefined ? [] : await queryVectors(views, embedder);
    const { hash, embedding } = index.search({ hashes: await queryHashes(views), vectors });
    const named = (hit: { readonly id: number; readonly similarity: number; readonly threshold: number } | undefined): Named | undefined =>
      hit === undefined ? undefined : { closeness: closeness(hit), isRight: String(hit.id) === right };
    const byHash = named(hash);
    const byModel = named(embedding === undefined ? undefined : { ...embedding, threshold: embedder!.threshold });
    const nearest = [byHash, byModel].filter((one) => one !== undefined).toSorted((a, b) => b.closeness - a.closeness)[0];
    return {
      ...(byHash === undefined ? {} : { hash: byHash }),
      ...(byModel === undefined ? {} : { model: byModel }),
      ...(nearest === undefined ? {} : { both: nearest }),
    };
  };
};
