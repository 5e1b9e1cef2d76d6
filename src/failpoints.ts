import { writeSync } from 'node:fs';
import { armFailpoints, failpoints, type FailpointName } from '#core/failpoints.ts';

const actions = ['kill', 'throw', 'stop'] as const;
type Action = (typeof actions)[number];

/** What happens when a point is reached for the `at`th time; every time where absent. */
export type Failpoint = { readonly name: FailpointName; readonly action: Action; readonly at?: number };

/**
 * Reads `name:action` or `name:action@N`, several with commas, such as `message.sent:kill@2`: SIGKILL when the second
 * message was sent. `stop` is SIGSTOP, `throw` an error as a broken disk makes it.
 * @returns the points, or one sentence about what is wrong
 */
export function parseFailpoints(text: string): readonly Failpoint[] | string {
  const parsed: Failpoint[] = [];
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [, name = '', action = '', at] = /^\s*([a-z.-]+):([a-z]+)(?:@([1-9]\d{0,5}))?\s*$/.exec(entry) ?? [];
    const isKnown = (found: string): found is FailpointName => Object.hasOwn(failpoints, found);
    const known = actions.find((each) => each === action);
    if (!isKnown(name) || known === undefined) {
      return `«${entry.trim()}» must be POINT:ACTION or POINT:ACTION@N; points are ${Object.keys(failpoints).join(', ')}, actions ${actions.join(', ')}`;
    }
    parsed.push({ name, action: known, ...(at === undefined ? {} : { at: Number(at) }) });
  }
  return parsed;
}

/** Arms these points in this process. For tests of what a crash leaves behind; never set in operation. */
export function setFailpoints(points: readonly Failpoint[]): void {
  const reached = new Map<FailpointName, number>();
  armFailpoints((name) => {
    const times = (reached.get(name) ?? 0) + 1;
    reached.set(name, times);
    const hit = points.find((point) => point.name === name && (point.at === undefined || point.at === times));
    if (hit !== undefined) perform(hit);
  });
}

function perform({ name, action }: Failpoint): void {
  // By the file descriptor, at once: nothing that is buffered outlives what follows.
  writeSync(2, `failpoint ${name}: ${action}\n`);
  if (action === 'throw') throw Object.assign(new Error(`failpoint ${name}`), { code: 'EIO' });
  process.kill(process.pid, action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  // The signal arrives a moment later: nothing more may happen until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, action === 'kill' ? 5000 : 50);
}
