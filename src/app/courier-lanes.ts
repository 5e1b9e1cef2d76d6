/** Which messages leave first. */
import type { LaneOrder } from '#core/outbox-port.ts';

/** Acknowledgements have their own loops, so that no upload delays them, nor a slow room another one. One message of a room at a time. */
export const PROMPT_LOOPS = 4;
export const PROMPT_LANES: LaneOrder = [['now']];
/** Pictures first, then the timing line that closes the job. */
export const CALM_LANES: LaneOrder = [['picture', 'final'], ['extra']];
/**
 * Where the server counts our messages, the end of a job is worth more than one more picture of it. Ends and short answers come by turns,
 * in one loop: two would spend one request of two on being refused.
 */
export const THROTTLED_TURNS: readonly [LaneOrder, LaneOrder] = [
  [['final'], ['now'], ['picture'], ['extra']],
  [['now'], ['final'], ['picture'], ['extra']],
];
/** Whatever is the oldest of the most urgent ones tells whether the server is back. */
export const PROBE_LANES: LaneOrder = [['now'], ['final'], ['picture'], ['extra']];
export const NO_LANES: LaneOrder = [];
