/** What a fault row is: something that breaks, injected for real, and what the room's history says afterwards. */

/** Counted by another user who reads the room, never by the program itself. */
export type Counts = {
  /** How often the fault was injected. */
  readonly runs: number;
  /** Commands that were said. */
  readonly commands: number;
  /** Commands without an end. */
  readonly lost: number;
  /** Commands with more than one end, or with a picture that came twice. */
  readonly doubled: number;
  /** Commands whose end says that it is not known whether a message arrived. */
  readonly unknown: number;
};

export type Injection = {
  /** How often the fault is to be injected. */
  readonly runs: number;
  /** 0 … 1, from the seed that is printed. */
  readonly random: () => number;
};

export type FaultRow = {
  readonly number: number;
  /** Whose table of the report it stands in; that of Matrix and the machine where absent. */
  readonly platform?: 'mattermost';
  /** For the report, such as `Killed before the inbox commits`. */
  readonly title: string;
  /** How it is injected, one phrase for the report. */
  readonly injected: string;
  /** `bounded` in `npm test`, `full` in `npm run test:faults`. */
  readonly runs: { readonly bounded: number; readonly full: number };
  /** It takes both cores, or something else of the machine that another row must not take meanwhile. */
  readonly isAlone?: boolean;
  /** Why an end that says «not known» is right here; without this it is counted as a failure. */
  readonly allowsUnknown?: string;
  /** Why it can't run on this machine. */
  readonly skip?: () => Promise<string | undefined>;
  /**
   * Injects and resolves with what was counted. Rejects when what people see is wrong in another way than by number,
   * such as a sentence that is missing.
   */
  readonly inject: (injection: Injection) => Promise<Counts>;
};
