/** What admins do to styles: shown and asked about first, carried out when somebody who may said yes. */
import { askFirst } from '#src/app/asks.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import { known, refuseUnknown } from '#src/app/find-style.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { wordsProblem } from '#src/app/prompt-check.ts';
import { answer, refuseInRoom, tell } from '#src/app/replies.ts';
import { modelProblem } from '#src/app/resolve-draw.ts';
import type { StyleCommand } from '#core/command.ts';
import { message } from '#core/messages.ts';
import { flagOf, optionNames, type OptionName } from '#core/options.ts';
import { refuse, type Problem } from '#core/problem.ts';
import { renderImport, renderStyleChange } from '#core/render-style-change.ts';
import { paragraph, type RichText } from '#core/rich-text.ts';
import { styleChanges, versionToRestore } from '#core/style-changes.ts';
import { mergeStyle, type StyleEdit } from '#core/style-edit.ts';
import { planImport } from '#core/style-import.ts';
import { checkNameFree, checkStyleName } from '#core/style-names.ts';
import type { Store } from '#core/store-port.ts';
import type { StyleVersion } from '#core/team-store-ports.ts';

type Of<Action extends StyleCommand['action']> = Extract<StyleCommand, { readonly action: Action }>;

/** Shows what would change and asks; carries it out when that was answered. */
function askOrDo(
  context: HandlerContext,
  event: Asking,
  shown: () => RichText,
  work: () => void,
  { voice }: Asked,
): readonly AfterCommit[] {
  if (event.isConfirmed !== true) return askFirst(context, event, shown(), voice, { stylesRevision: context.store.styles.revision() });
  work();
  return [];
}

/** What belongs to a style; of the rest somebody may think that it was kept. */
const kept: readonly OptionName[] = ['negativePrompt', 'size', 'steps', 'guidance', 'model', 'enhance'];

export function set(
  context: HandlerContext,
  event: Asking,
  { name: typed, prompt, options, places }: Of<'set'>,
  asked: Asked,
): readonly AfterCommit[] {
  const { store, now } = context;
  const refused = (problem: Problem): readonly AfterCommit[] => refuseInRoom(context, event, problem, asked.voice);
  const unused = optionNames.find((option) => places[option] !== undefined && !kept.includes(option));
  if (unused !== undefined) return refused(refuse('style_flag_unused', { flag: flagOf(unused) }, places[unused]).problem);
  if (options.model !== undefined && context.models.get(options.model) === undefined)
    return refused(modelProblem(context, { options, places }));
  const old = known(context, typed);
  const checked = old === undefined ? checkStyleName(typed) : undefined;
  if (checked !== undefined && !checked.ok) return refused(checked.problem);
  const name = old?.name ?? (checked?.ok === true ? checked.value : typed);
  const taken = checkNameFree(name, store.styles.list(), name);
  if (taken !== undefined) return refused(taken);
  const unwanted = prompt === undefined ? undefined : wordsProblem(context, prompt);
  if (unwanted !== undefined) return refused(unwanted);
  const edit: StyleEdit = {
    ...(prompt === undefined ? {} : { prompt }),
    ...(options.negativePrompt === undefined ? {} : { negativePrompt: options.negativePrompt }),
    ...(options.size === undefined ? {} : { size: options.size }),
    ...(options.steps === undefined ? {} : { steps: options.steps }),
    ...(options.guidance === undefined ? {} : { guidance: options.guidance }),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.enhance === undefined ? {} : { enhance: 'auto' }),
  };
  const merged = mergeStyle(name, old?.style, edit, currentLimits(context));
  if (!merged.ok) return refused(merged.problem);
  const changes = styleChanges(old?.style, merged.value);
  if (changes.length === 0) return refused(refuse('style_unchanged', { name }).problem);
  const { language } = asked.voice;
  return askOrDo(
    context,
    event,
    () => renderStyleChange({ name, changes, isNew: old === undefined, language }),
    () => {
      const { version } = store.styles.put(name, merged.value, event.sender, now());
      tell(context, event, 'style_saved', { name, version }, asked.voice);
    },
    asked,
  );
}

export function undo(context: HandlerContext, event: Asking, { name: typed }: Of<'undo'>, asked: Asked): readonly AfterCommit[] {
  const { store, now } = context;
  const old = known(context, typed);
  const versions = store.styles.versions(old?.name ?? typed);
  const name = versions[0]?.name ?? typed;
  if (versions.length === 0) return refuseUnknown(context, event, typed, asked);
  const formerName = versions.length === 1 ? renamedFrom(store, old) : undefined;
  if (formerName !== undefined) return rename(context, event, { from: name, to: formerName }, asked);
  const restored = versionToRestore(versions, name);
  if (!restored.ok) return refuseInRoom(context, event, restored.problem, asked.voice);
  const { language } = asked.voice;
  return askOrDo(
    context,
    event,
    () => renderStyleChange({ name, changes: styleChanges(old?.style, restored.value.style), isNew: old === undefined, language }),
    () => {
      const { version } = store.styles.put(name, restored.value.style, event.sender, now());
      tell(context, event, 'style_saved', { name, version }, asked.voice);
    },
    asked,
  );
}

/** What a style was called until it was renamed: its last alias, of which nothing but versions is left. */
function renamedFrom({ styles }: Store, renamed: StyleVersion | undefined): string | undefined {
  const former = renamed?.style?.aliases.at(-1);
  return former !== undefined && styles.get(former) === undefined && styles.versions(former).length > 0 ? former : undefined;
}

export function remove(context: HandlerContext, event: Asking, { name: typed }: Of<'remove'>, asked: Asked): readonly AfterCommit[] {
  const { store, now } = context;
  const found = known(context, typed);
  if (found === undefined) return refuseUnknown(context, event, typed, asked);
  return askOrDo(
    context,
    event,
    () => [paragraph(...message('style_remove_asked', { name: found.name }, asked.voice))],
    () => {
      store.styles.put(found.name, undefined, event.sender, now());
      tell(context, event, 'style_removed', { name: found.name }, asked.voice);
    },
    asked,
  );
}

/** The old name stays as an alias, so that commands and schedules that use it go on working. */
export function rename(
  context: HandlerContext,
  event: Asking,
  { from, to }: Pick<Of<'rename'>, 'from' | 'to'>,
  asked: Asked,
): readonly AfterCommit[] {
  const { store, now } = context;
  const found = known(context, from);
  if (found === undefined) return refuseUnknown(context, event, from, asked);
  const name = checkStyleName(to);
  if (!name.ok) return refuseInRoom(context, event, name.problem, asked.voice);
  const taken = checkNameFree(name.value, store.styles.list(), found.name);
  if (taken !== undefined) return refuseInRoom(context, event, taken, asked.voice);
  const aliases = [...found.style.aliases.filter((alias) => alias !== name.value), found.name];
  const params = { from: found.name, to: name.value };
  return askOrDo(
    context,
    event,
    () => [paragraph(...message('style_rename_asked', params, asked.voice))],
    () => {
      store.styles.put(found.name, undefined, event.sender, now());
      store.styles.put(name.value, { ...found.style, aliases }, event.sender, now());
      tell(context, event, 'style_renamed', params, asked.voice);
    },
    asked,
  );
}

/** Of this room alone, and as easily taken back: nobody is asked. */
export function setDefault(context: HandlerContext, event: Asking, { name }: Of<'default'>, asked: Asked): readonly AfterCommit[] {
  const { store } = context;
  const { platform, roomId } = event;
  if (/^(none|off|kein|keiner|keine|aus)$/iu.test(name)) {
    store.rooms.set(platform, roomId, { defaultStyle: undefined });
    return tell(context, event, 'style_default_off', {}, asked.voice);
  }
  const found = known(context, name);
  if (found === undefined) return refuseUnknown(context, event, name, asked);
  store.rooms.set(platform, roomId, { defaultStyle: found.name });
  return tell(context, event, 'style_default_set', { name: found.name }, asked.voice);
}

export function importStyles(context: HandlerContext, event: Asking, asked: Asked): readonly AfterCommit[] {
  const { store, styleFiles, now } = context;
  const { file, voice } = asked;
  if (file?.ok !== true) return refuseInRoom(context, event, (file ?? refuse('style_file_missing', {})).problem, voice);
  const limits = currentLimits(context);
  const imported = styleFiles.read(file.value, limits);
  const plan = planImport(imported, store.styles.list(), limits);
  const view = renderImport({ fileName: file.value.name, imported, plan, ...voice });
  if (plan.added.length + plan.changed.length === 0) return answer(context, event, view);
  return askOrDo(
    context,
    event,
    () => view,
    () => {
      for (const { name, style: made } of [...plan.added, ...plan.changed]) store.styles.put(name, made, event.sender, now());
      tell(context, event, 'styles_imported', { added: plan.added.length, changed: plan.changed.length }, voice);
    },
    asked,
  );
}
