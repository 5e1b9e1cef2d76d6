import type { Confirmation } from '../confirmation.ts';
import { HomeserverError } from '../homeserver-error.ts';
import type { MatrixRequest } from '../transport.ts';

/** Whose identity it is; the password where it is known. */
export type Account = { readonly userId: string; readonly password?: string | undefined };

export type Ask = (request: MatrixRequest) => Promise<unknown>;

/** The homeserver wants to hear from a person first. `message` is one sentence that says what to do. */
export class ConfirmationNeededError extends Error {
  override readonly name = 'ConfirmationNeededError';
}

const path = '/_matrix/client/v3/keys/device_signing/upload';
/** What can be answered without a person. */
const answerable = ['m.login.password', 'm.login.dummy'];

/**
 * Puts the public signing keys of the account on the homeserver. Where it wants a confirmation and knows the password
 * as one, that is given. Rejects with a `ConfirmationNeededError`, or with a `HomeserverError`.
 * @param keys body of the request, as the machine made it
 */
export async function uploadIdentity(ask: Ask, keys: Readonly<Record<string, unknown>>, { userId, password }: Account): Promise<void> {
  let auth: object | undefined;
  const tried = new Set<string>();
  for (;;) {
    const refused = await attempt(ask, auth === undefined ? keys : { ...keys, auth });
    if (refused === undefined) return;
    const stage = nextStage(refused.confirmation);
    if (stage !== undefined && tried.has(stage)) {
      throw new ConfirmationNeededError(
        'the homeserver does not accept the password of MATRIX_PASSWORD_FILE for this account: write the password of the bot’s account there and start again',
      );
    }
    if (stage === undefined || (stage === 'm.login.password' && password === undefined)) throw wanted(refused.confirmation);
    tried.add(stage);
    auth = {
      type: stage,
      ...(refused.confirmation.session === undefined ? {} : { session: refused.confirmation.session }),
      ...(stage === 'm.login.password' ? { identifier: { type: 'm.id.user', user: userId }, password } : {}),
    };
  }
}

type Refused = { readonly confirmation: Confirmation };

async function attempt(ask: Ask, body: object): Promise<Refused | undefined> {
  try {
    await ask({ method: 'POST', path, body });
    return undefined;
  } catch (error) {
    if (error instanceof HomeserverError && error.confirmation !== undefined) return { confirmation: error.confirmation };
    throw error;
  }
}

/** The next stage of a way of which every one can be answered here. */
function nextStage({ flows, completed }: Confirmation): string | undefined {
  const left = flows.map((stages) => stages.filter((stage) => !completed.includes(stage)));
  return left.find((stages) => stages.length > 0 && stages.every((stage) => answerable.includes(stage)))?.[0];
}

function wanted(confirmation: Confirmation): ConfirmationNeededError {
  const { url, flows } = confirmation;
  if (nextStage(confirmation) !== undefined) {
    return new ConfirmationNeededError(
      'the homeserver wants the password of the bot’s account first: set MATRIX_PASSWORD_FILE and start again; once the bot is verified, the password can be taken away',
    );
  }
  if (url !== undefined) {
    return new ConfirmationNeededError(
      `the homeserver wants a person to allow it first: open ${url} as the bot’s account, allow it there, and start again within a few minutes`,
    );
  }
  const stages = [...new Set(flows.flat())].filter((stage) => /^[\w.-]{1,60}$/.test(stage)).join(', ');
  return new ConfirmationNeededError(
    `the homeserver wants a confirmation that a program can’t give (${stages || 'it does not say which'}): log in to the bot’s account with Element, set up recovery there, and hand its recovery key to «blitzbild keys import»`,
  );
}
