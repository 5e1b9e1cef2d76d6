import type { Log } from '#src/app/log-port.ts';
import type { Finding } from '#src/chat/common/finding.ts';
import type { Config } from '#src/config.ts';
import { createPictureModels } from '#src/picture-models.ts';
import { createSimilarityCheck } from '#src/similarity-check.ts';

type Checked = Pick<Config, 'similarity' | 'dataFolder' | 'modelFolders' | 'environment'>;

/** What is compared before a picture is posted, and which lists there are: a check that is on and has nothing to compare with is said. */
export async function checkSafety(config: Checked & Pick<Config, 'safety'>): Promise<readonly Finding[]> {
  return [await checkLibrary(config), checkPrompts(config)];
}

const said = {
  off: 'not compared before it is posted',
  report: 'its caption names the work that it resembles',
  'hold-back': 'what resembles a work is held back',
} as const satisfies Record<Config['similarity']['check'], string>;

async function checkLibrary({ similarity, dataFolder, modelFolders, environment }: Checked): Promise<Finding> {
  await using parts = new AsyncDisposableStack();
  let failure: unknown;
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields) => (failure = 'err' in fields ? fields.err : fields),
  };
  const { embedder } = parts.adopt(await createPictureModels({ folders: modelFolders, environment }), async (models) => models.close());
  const library = parts.adopt(createSimilarityCheck({ dataFolder, ...(embedder === undefined ? {} : { embedder }), log }), async (opened) =>
    opened.close(),
  );
  const { works, outdated = 0, withoutVectors = 0 } = library.status();
  if (failure !== undefined) return unreadable(failure);
  if (outdated > 0)
    return {
      ok: false,
      what: `Protected works: an older version has read ${outdated} of ${counted(works + outdated)}, so no picture is compared with ${outdated === 1 ? 'it' : 'them'}`,
      advice: 'Read them anew: blitzbild references reindex',
    };
  if (works > 0 && withoutVectors > 0)
    return {
      ok: true,
      what: `TIP Protected works: ${withoutVectors} of ${counted(works)} ${withoutVectors === 1 ? 'lacks' : 'lack'} vectors, so the copy-detection model is not used`,
      advice: `Let it look at ${withoutVectors === 1 ? 'it' : 'them'}: blitzbild references reindex`,
    };
  if (works > 0) return { ok: true, what: `Protected works: ${counted(works)}; a picture: ${said[similarity.check]}` };
  const what = 'Protected works: the library is empty, so no picture is compared';
  return similarity.check === 'hold-back'
    ? { ok: false, what, advice: 'Fill it with «blitzbild references add DIR», or set similarity.check in config/blitzbild.yaml to off.' }
    : { ok: true, what };
}

const counted = (works: number): string => `${works} ${works === 1 ? 'work' : 'works'}`;

const unreadable = (error: unknown): Finding => ({
  ok: false,
  what: `Protected works: the library can't be read: ${error instanceof Error ? error.message : String(error)}`,
  advice: 'Restore references.sqlite in the data folder from a backup, or remove it and add the works again.',
});

function checkPrompts({ similarity, safety }: Pick<Config, 'similarity' | 'safety'>): Finding {
  const { refuse, warn } = safety.prompts;
  const names = `${similarity.names.length} ${similarity.names.length === 1 ? 'name' : 'names'}${similarity.namesFromLibrary ? ' and those of the library' : ''}`;
  return {
    ok: true,
    what: `Prompts: what never is drawn, ${refuse.length} refused and ${warn.length} warned of by the configuration, ${names}`,
  };
}
