/** What `doctor` looked at on a server. */
export type Finding = {
  readonly ok: boolean;
  /** What was looked at and found, one line. */
  readonly what: string;
  /** What to do, where there is something to do. */
  readonly advice?: string;
};
