import type { Asking } from '#src/app/handler-context.ts';

/** Where nobody but the asker reads the answer. The local room is on the asker's own machine, or behind a token that all in it share. */
export const isPrivate = (event: Asking): boolean =>
  event.platform === 'room' || event.platform === 'terminal' || (event.kind === 'message' && event.isDirect);
