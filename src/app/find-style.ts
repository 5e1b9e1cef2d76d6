import type { Asked } from '#src/app/carry-out.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { refuseInRoom } from '#src/app/replies.ts';
import type { StyleVersion } from '#core/team-store-ports.ts';
import { findStyle } from '#core/style-names.ts';
import type { Style } from '#core/styles.ts';

type Named = StyleVersion & { readonly style: Style };

/** The style of this name or alias. */
export const known = ({ store }: HandlerContext, typed: string): Named | undefined => {
  const found = findStyle(typed, store.styles.list());
  return found.ok ? found.value : undefined;
};

/** What the room's default is called now: it may have been renamed since. */
export function ownStyle(context: HandlerContext, { platform, roomId }: Asking): string | undefined {
  const chosen = context.store.rooms.get(platform, roomId).defaultStyle;
  return chosen === undefined ? undefined : known(context, chosen)?.name;
}

/** There is none of this name: what to type instead. */
export function refuseUnknown(context: HandlerContext, event: Asking, name: string, { voice }: Asked): readonly AfterCommit[] {
  const found = findStyle(name, context.store.styles.list());
  return found.ok ? [] : refuseInRoom(context, event, found.problem, voice);
}
