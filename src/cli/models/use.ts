import { setActiveModel } from '#src/app/active-model.ts';
import type { Io } from '#src/cli/io.ts';
import { installedName, oneName, openPlace, withBotStore, type ModelsPlace } from '#src/cli/models/workplace.ts';
import { readOptions } from '#src/cli/options.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

/** `blitzbild models use NAME`: the setting that `!img model use NAME` makes in the chat. */
export async function use(args: readonly string[], io: Io): Promise<void> {
  const { positionals } = readOptions(args, {});
  const place = await openPlace(io);
  const typed = oneName(positionals, 'use sd-turbo');
  io.stdout.write(makeActive(place, installedName(place, typed)));
}

/**
 * @returns the line that says so
 * @throws ModelStoreError where the model can't be used or a bot holds the store
 */
export function makeActive({ config, catalogue }: ModelsPlace, name: string): string {
  const broken = catalogue.broken.find((one) => one.name === name);
  if (broken !== undefined && catalogue.get(name) === undefined)
    throw new ModelStoreError('unusable', `${name} can't be used: ${broken.reason.replace(/\.$/, '')}. «blitzbild models verify ${name}» checks its files.`);
  if (withBotStore(config, (store) => setActiveModel(store, name)) === 'running')
    throw new ModelStoreError(
      'in_use',
      `A bot is running on this data folder. Type «!img model use ${name}» in one of its rooms (admins can), or stop it and run this again; a model that is new here it knows after its next start.`,
    );
  return `${name} draws from now on, wherever a command names no other model.\n`;
}
