/** The part of a pino logger that the platform uses. No message or fact holds prompts, tokens or ids of people. */
export type Log = {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
};

/** What may be told about a failure. */
export const reason = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');
