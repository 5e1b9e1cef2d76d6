/** When a scheduled batch runs. */

export type PlanSchedule = {
  /** As it was typed. */
  readonly text: string;
  /** Cron expression of five fields, in the room's time zone. */
  readonly cron: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
};
