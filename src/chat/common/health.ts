/** Whether events of a server flow and may be answered, and in plain words why not. */
export type Health = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** `failures`: of all questions for news so far. `sinceStepMs`: since news were stored last; `undefined` before the first. */
export type Activity = { readonly failures: number; readonly sinceStepMs: number | undefined };
