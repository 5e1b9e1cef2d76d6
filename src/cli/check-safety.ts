import type { Log } from '#src/app/log-port.ts';
import type { Finding } from '#src/chat/common/finding.ts';
import type { Config } from '#src/config.ts';
import { createSimilarityCheck } from '#src/similarity-check.ts';

/** What is compared before a picture is posted, and which lists there are: a check that is on and has nothing to compare with is said. */
export async function checkSafety(config: Pick<Config, 'similarity' | 'safety' | 'dataFolder'>): Promise<readonly Finding[]> {
  return [await checkLibrary(config), checkPrompts(config)];
}

const said = {
  off: 'not compared before it is posted',
  report: 'its caption names the work that it resembles',
  'hold-back': 'what resembles a work is held back',
} as const satisfies Record<Config['similarity']['check'], string>;

async function checkLibrary({ similarity, dataFolder }: Pick<Config, 'similarity' | 'dataFolder'>): Promise<Finding> {
  let failure: unknown;
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields) => (failure = 'err' in fields ? fields.err : fields),
  };
  const library = createSimilarityCheck({ dataFolder, log });
  try {
    const { works } = library.status();
    if (failure !== undefined) return unreadable(failure);
    const count = `${works} ${works === 1 ? 'work' : 'works'}`;
    if (works > 0) return { ok: true, what: `Protected works: ${count}; a picture: ${said[similarity.check]}` };
    const what = 'Protected works: the library is empty, so no picture is compared';
    return similarity.check === 'hold-back'
      ? { ok: false, what, advice: 'Fill it with «blitzbild references add DIR», or set similarity.check in config/blitzbild.yaml to off.' }
      : { ok: true, what };
  } finally {
    await library.close();
  }
}

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
