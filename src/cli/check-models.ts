import type { Finding } from '#src/chat/common/finding.ts';
import { checkModelFolder } from '#src/inference/check-model-folder.ts';
import type { Catalogue } from '#src/weights/catalogue.ts';

const advice = 'Mend the folder or remove it; docs/models.md says what a model folder holds.';

/** Every model there is: the active one is proved by a picture elsewhere, the others as far as their files tell. */
export function checkModels(catalogue: Pick<Catalogue, 'list' | 'folder' | 'active' | 'broken'>, provider: string): readonly Finding[] {
  const listed = catalogue.list().map(({ name, title, licence }): Finding => {
    const folder = name === catalogue.active ? undefined : catalogue.folder(name);
    const reason = folder === undefined ? undefined : reasonAgainst(folder, provider);
    return reason === undefined ? { ok: true, what: `Model ${name}: ${title}, ${licence}` } : wrong(name, reason);
  });
  return [...listed, ...catalogue.broken.map(({ name, reason }) => wrong(name, reason))];
}

const wrong = (name: string, reason: string): Finding => ({ ok: false, what: `Model ${name}: ${reason}`, advice });

function reasonAgainst(folder: string, provider: string): string | undefined {
  try {
    checkModelFolder(folder, provider);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
  }
}
