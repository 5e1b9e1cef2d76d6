import { activeModel } from '#src/app/active-model.ts';
import { askFirst } from '#src/app/asks.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { answer, queueAttachment, refuseInRoom, tell } from '#src/app/replies.ts';
import { roomZone } from '#src/app/room-clock.ts';
import type { Command, StyleCommand } from '#core/command.ts';
import { message } from '#core/messages.ts';
import { flagOf, optionNames, type OptionName } from '#core/options.ts';
import { refuse, type Problem } from '#core/problem.ts';
import { renderExport, renderImport, renderStyleChange } from '#core/render-style-change.ts';
import { renderStyle, renderStyles, renderStyleVersions } from '#core/render-styles.ts';
import { altText } from '#core/render.ts';
import { paragraph, type RichText } from '#core/rich-text.ts';
import { styleChanges, versionToRestore } from '#core/style-changes.ts';
import { mergeStyle, type StyleEdit } from '#core/style-edit.ts';
import { planImport } from '#core/style-import.ts';
import { checkNameFree, checkStyleName, findStyle } from '#core/style-names.ts';
import type { Style } from '#core/styles.ts';
import type { StyleVersion } from '#core/store-port.ts';

export function styles(
  context: HandlerContext,
  event: Asking,
  { search }: Command & { kind: 'styles' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const { store, models } = context;
  const active = models.get(activeModel(context));
  if (active === undefined) return refuseInRoom(context, event, refuse('engine_failed', { error: 'model_missing' }).problem, voice);
  const text = renderStyles({
    styles: store.styles.list(),
    words: search.split(' ').filter((word) => word !== ''),
    active,
    defaultStyle: ownStyle(context, event),
    ...voice,
  });
  return answer(context, event, text);
}

type Of<Action extends StyleCommand['action']> = Extract<StyleCommand, { readonly action: Action }>;
type Named = StyleVersion & { readonly style: Style };

/** Reading is for everybody, changing for admins; what changes is shown and asked about first. */
export function style(context: HandlerContext, event: Asking, command: StyleCommand, asked: Asked): readonly AfterCommit[] {
  const { voice } = asked;
  const isReading = command.action === 'show' || command.action === 'history' || command.action === 'export';
  if (!isReading && !asked.isAdmin) return refuseInRoom(context, event, refuse('admins_only', {}).problem, voice);
  switch (command.action) {
    case 'show':
      return show(context, event, command, asked);
    case 'history': {
      const versions = context.store.styles.versions(known(context, command.name)?.name ?? command.name);
      if (versions.length === 0) return refuseUnknown(context, event, command.name, asked);
      const timeZone = roomZone(context, event);
      return answer(context, event, renderStyleVersions({ name: versions[0]?.name ?? command.name, versions, timeZone, ...voice }));
    }
    case 'export': {
      if (asked.exported === undefined) throw new Error('nothing was exported before the transaction');
      const { file, lost, count } = asked.exported;
      const caption = renderExport({ count, format: command.format, lost, ...voice });
      queueAttachment(context, event, { part: 'styles', content: { kind: 'file', file, caption }, event: { type: 'text' } });
      return [];
    }
    case 'set':
      return set(context, event, command, asked);
    case 'undo':
      return undo(context, event, command, asked);
    case 'remove':
      return remove(context, event, command, asked);
    case 'rename':
      return rename(context, event, command, asked);
    case 'default':
      return setDefault(context, event, command, asked);
    case 'import':
      return importStyles(context, event, asked);
  }
}

const known = ({ store }: HandlerContext, typed: string): Named | undefined => {
  const found = findStyle(typed, store.styles.list());
  return found.ok ? found.value : undefined;
};

/** What the room's default is called now: it may have been renamed since. */
function ownStyle(context: HandlerContext, { platform, roomId }: Asking): string | undefined {
  const chosen = context.store.rooms.get(platform, roomId).defaultStyle;
  return chosen === undefined ? undefined : known(context, chosen)?.name;
}

function refuseUnknown(context: HandlerContext, event: Asking, name: string, { voice }: Asked): readonly AfterCommit[] {
  const found = findStyle(name, context.store.styles.list());
  return found.ok ? [] : refuseInRoom(context, event, found.problem, voice);
}

function show(context: HandlerContext, event: Asking, { name }: Of<'show'>, asked: Asked): readonly AfterCommit[] {
  const { store, models } = context;
  const found = known(context, name);
  if (found === undefined) return refuseUnknown(context, event, name, asked);
  const active = models.get(activeModel(context));
  if (active === undefined) return refuseInRoom(context, event, refuse('engine_failed', { error: 'model_missing' }).problem, asked.voice);
  const isDefault = ownStyle(context, event) === found.name;
  answer(context, event, renderStyle({ name: found.name, version: found, active, isDefault, ...asked.voice }));
  const image = store.styles.preview(found.name, found.version);
  if (image === undefined) return [];
  const { language } = asked.voice;
  queueAttachment(context, event, {
    part: 'preview',
    content: {
      kind: 'image',
      image,
      fileName: `style-${found.name.replace(/\s+/gu, '-')}.png`,
      caption: [paragraph(found.style.title[language])],
      altText: altText({ request: { prompt: found.style.title[language] }, language }),
    },
    event: { type: 'text' },
  });
  return [];
}

/** Shows what would change and asks; carries it out when that was answered. */
function askOrDo(
  context: HandlerContext,
  event: Asking,
  shown: () => RichText,
  work: () => void,
  { voice }: Asked,
): readonly AfterCommit[] {
  if (event.isConfirmed !== true) return askFirst(context, event, shown(), voice);
  work();
  return [];
}

/** What belongs to a style; of the rest somebody may think that it was kept. */
const kept: readonly OptionName[] = ['negativePrompt', 'size', 'steps', 'guidance', 'model', 'enhance'];

function set(
  context: HandlerContext,
  event: Asking,
  { name: typed, prompt, options, places }: Of<'set'>,
  asked: Asked,
): readonly AfterCommit[] {
  const { store, now } = context;
  const refused = (problem: Problem): readonly AfterCommit[] => refuseInRoom(context, event, problem, asked.voice);
  const unused = optionNames.find((option) => places[option] !== undefined && !kept.includes(option));
  if (unused !== undefined) return refused(refuse('style_flag_unused', { flag: flagOf(unused) }, places[unused]).problem);
  const old = known(context, typed);
  const checked = old === undefined ? checkStyleName(typed) : undefined;
  if (checked !== undefined && !checked.ok) return refused(checked.problem);
  const name = old?.name ?? (checked?.ok === true ? checked.value : typed);
  const taken = checkNameFree(name, store.styles.list(), name);
  if (taken !== undefined) return refused(taken);
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

function undo(context: HandlerContext, event: Asking, { name: typed }: Of<'undo'>, asked: Asked): readonly AfterCommit[] {
  const { store, now } = context;
  const old = known(context, typed);
  const versions = store.styles.versions(old?.name ?? typed);
  const name = versions[0]?.name ?? typed;
  if (versions.length === 0) return refuseUnknown(context, event, typed, asked);
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

function remove(context: HandlerContext, event: Asking, { name: typed }: Of<'remove'>, asked: Asked): readonly AfterCommit[] {
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
function rename(context: HandlerContext, event: Asking, { from, to }: Of<'rename'>, asked: Asked): readonly AfterCommit[] {
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
function setDefault(context: HandlerContext, event: Asking, { name }: Of<'default'>, asked: Asked): readonly AfterCommit[] {
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

function importStyles(context: HandlerContext, event: Asking, asked: Asked): readonly AfterCommit[] {
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
