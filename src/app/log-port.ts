/** What the use cases need of a log; pino's logger is one. Fields never hold prompts, tokens or clear user ids. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
