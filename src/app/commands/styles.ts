import { activeModel } from '#src/app/active-model.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { importStyles, remove, rename, set, setDefault, undo } from '#src/app/commands/style-changes.ts';
import { known, ownStyle, refuseUnknown } from '#src/app/find-style.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { answer, queueAttachment, refuseInRoom } from '#src/app/replies.ts';
import { notAllowed } from '#src/app/rights.ts';
import { roomZone } from '#src/app/room-clock.ts';
import type { Command, StyleCommand } from '#core/command.ts';
import { refuse } from '#core/problem.ts';
import { renderExport } from '#core/render-style-change.ts';
import { renderStyle, renderStyles, renderStyleVersions } from '#core/render-styles.ts';
import { altText } from '#core/render-caption.ts';
import { aiMark, dot } from '#core/render-words.ts';
import { muted, paragraph } from '#core/rich-text.ts';

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

/** Reading is for everybody, changing for admins; what changes is shown and asked about first. */
export function style(context: HandlerContext, event: Asking, command: StyleCommand, asked: Asked): readonly AfterCommit[] {
  const { voice } = asked;
  const isReading = command.action === 'show' || command.action === 'history' || command.action === 'export';
  if (!isReading && !asked.isAdmin) return refuseInRoom(context, event, notAllowed(context, event, command), voice);
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

function show(context: HandlerContext, event: Asking, { name }: StyleCommand & { action: 'show' }, asked: Asked): readonly AfterCommit[] {
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
      caption: [paragraph(`${found.style.title[language]}${dot}`, muted(aiMark(language)))],
      altText: altText({ request: { prompt: found.style.title[language] }, language }),
    },
    event: { type: 'text' },
  });
  return [];
}
