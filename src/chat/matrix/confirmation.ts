import { isObject, objectAt, textAt, textsAt } from '../common/raw.ts';

/** What a homeserver wants before it does something that a stolen token alone should not be enough for. */
export type Confirmation = {
  /** To be named with every answer; absent where the server keeps none. Not for logs. */
  readonly session?: string;
  /** The stages of each way there is; one of the ways is enough. */
  readonly flows: readonly (readonly string[])[];
  readonly completed: readonly string[];
  /** Where a person may confirm it with a browser. */
  readonly url?: string;
};

/**
 * The demand in an answer with status 401, or `undefined` where it is none: then the token is not valid.
 *
 * Source: Matrix specification, client-server API, «User-interactive authentication», and m.oauth of Matrix 1.17.
 */
export function confirmationIn(answer: unknown): Confirmation | undefined {
  if (!isObject(answer) || !Array.isArray(answer['flows'])) return undefined;
  const session = textAt(answer, 'session');
  const url = browserAddress(answer['params']);
  return {
    flows: answer['flows'].map((flow) => textsAt(flow, 'stages')),
    completed: textsAt(answer, 'completed'),
    ...(session === undefined ? {} : { session }),
    ...(url === undefined ? {} : { url }),
  };
}

/** The second is what servers called it before it had a name of its own. */
const browserStages = ['m.oauth', 'org.matrix.cross_signing_reset'];

/** It is shown to people, so nothing but a web address in its own spelling gets through. */
function browserAddress(params: unknown): string | undefined {
  for (const stage of browserStages) {
    const address = URL.parse(textAt(objectAt(params, stage), 'url') ?? '');
    if (address !== null && ['http:', 'https:'].includes(address.protocol) && address.href.length <= 1000) return address.href;
  }
  return undefined;
}
