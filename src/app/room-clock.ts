import type { HandlerContext } from '#src/app/handler-context.ts';
import type { PlatformName, RoomId } from '#core/types.ts';

type Place = { readonly platform: PlatformName; readonly roomId: RoomId };

export const roomZone = ({ store, timeZone }: Pick<HandlerContext, 'store' | 'timeZone'>, { platform, roomId }: Place): string =>
  store.rooms.get(platform, roomId).timeZone ?? timeZone;

/** What time it is in a room. */
export const roomClock = (
  context: Pick<HandlerContext, 'store' | 'timeZone' | 'now'>,
  place: Place,
): { readonly timeZone: string; readonly nowMs: number } => ({ timeZone: roomZone(context, place), nowMs: context.now() });
