/** Who may do what an admin may. Rights come from ids and the platform's own roles, asked now: never from a display name. */
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import type { Command } from '#core/command.ts';
import { refuse, type Problem } from '#core/problem.ts';

/** What a command that needs rights decides about: its room alone, or what counts in all rooms. */
export type Scope = 'room' | 'bot';

const shownStyles = ['show', 'history', 'export'] as const;

/** `undefined` where nobody needs rights. */
export function scopeOf(command: Command, event: Asking): Scope | undefined {
  switch (command.kind) {
    case 'admin':
    case 'use_model':
      return 'bot';
    case 'cancel':
    case 'answer':
    case 'time_zone':
    case 'quiet':
    case 'retention':
    case 'marks':
    case 'plan':
      return 'room';
    case 'release':
    case 'held':
      // Alone with the bot everybody administers the room, and would release what was held back from them.
      return isDirect(event) ? 'bot' : 'room';
    case 'style':
      if (shownStyles.some((action) => action === command.action)) return undefined;
      return command.action === 'default' ? 'room' : 'bot';
    default:
      return undefined;
  }
}

/** On this machine, whoever gets in administers the bot. */
const isLocal = ({ platform }: Asking): boolean => platform === 'room' || platform === 'terminal';

/** Whoever writes to the bot alone administers that conversation: it says nothing about the bot. */
const isDirect = (event: Asking): boolean => event.kind === 'message' && event.isDirect;

/** Whether a role in the room is not enough. Where nobody is named in the configuration, the admins of rooms stand in. */
const needsConfiguredId = ({ admins }: Pick<HandlerContext, 'admins'>, scope: Scope, event: Asking): boolean =>
  scope === 'bot' && !isLocal(event) && (admins.length > 0 || isDirect(event));

/**
 * The event may have waited, and rights can be withdrawn: the platform is asked now. Where it can't be asked, nobody is an admin.
 * @param command the event whose command it is about, where that is answered by another
 */
export async function isAdminNow(context: HandlerContext, answering: Asking, scope: Scope, command = answering): Promise<boolean> {
  const { platforms, admins, log } = context;
  const { platform, roomId, sender } = answering;
  if (admins.includes(sender)) return true;
  if (needsConfiguredId(context, scope, answering) || needsConfiguredId(context, scope, command)) return false;
  try {
    return (await platforms.get(platform)?.isAdmin(roomId, sender)) === true;
  } catch (error) {
    log.warn({ platform, err: error }, 'Nobody could be asked for the rights of a person');
    return false;
  }
}

/** Says who may. */
export function notAllowed(context: Pick<HandlerContext, 'admins'>, event: Asking, command: Command): Problem {
  if (!needsConfiguredId(context, scopeOf(command, event) ?? 'room', event)) return refuse('admins_only', {}).problem;
  const isHeldBack = command.kind === 'release' || command.kind === 'held';
  return refuse(isHeldBack ? 'held_bot_admins_only' : 'bot_admins_only', {}).problem;
}
