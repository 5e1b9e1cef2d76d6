/** Where tests of the promise break the program. Nothing happens at any of them unless somebody has armed it. */
export const failpoints = {
  'inbox.before-commit': 'events were received, nothing of them is stored',
  'inbox.after-commit': 'events and the position behind them are stored, nothing is answered',
  'event.begun': 'work on an event has begun, nothing is decided',
  'picture.drawn': 'a picture is made, its file is not stored',
  'picture.stored': 'a picture’s file is stored, its job does not know it',
  'picture.held-back': 'a picture is held back and noted, what says so is not sent',
  'picture.finished': 'a picture is noted and queued for its room, nothing of it is uploaded',
  'media.reserved': 'an address for a file is reserved and remembered, no byte is sent',
  'media.uploaded': 'a file is on the server, its message is not sent',
  'erasure.slice': 'some rows of a person who is forgotten are erased, others are not',
  'retention.slice': 'some of what is older than its room keeps it is erased, other rows are not',
  'erasure.stage': 'a stage of forgetting a person is done, the next one is not begun',
  'message.before-send': 'a message is about to be sent',
  'message.sent': 'the server has answered a message, which is not noted',
  'migration.middle': 'half of a new schema is written, in a transaction that is open',
  'crypto.received': 'keys of a sync step are stored, its events are not decrypted',
  'crypto.shared': 'the keys of a room are shared, the message is not encrypted',
} as const;

export type FailpointName = keyof typeof failpoints;

let onReached: ((name: FailpointName) => void) | undefined;

/** The program is at this point. */
export function reach(name: FailpointName): void {
  onReached?.(name);
}

/** What happens at every point from now on; `undefined` for nothing. */
export function armFailpoints(handler: ((name: FailpointName) => void) | undefined): void {
  onReached = handler;
}
