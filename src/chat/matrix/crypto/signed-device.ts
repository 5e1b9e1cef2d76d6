import { pause } from '../../common/backoff.ts';
import { isRefusal } from '../homeserver-error.ts';
import { reason, type Log } from '../../common/log.ts';
import type { Standing } from './cross-signing.ts';
import type { Sharing } from './sharing.ts';

/** Somebody else may have mended it, such as by a confirmation that the homeserver wanted. */
const lookAgainMs = 10 * 60_000;

const words =
  'nothing can be said in encrypted rooms, because the bot’s own Matrix device is not verified and «matrix.shareWith» is «crossSigned»: «blitzbild keys» says what to do';

export type SignedDeviceOptions = {
  readonly sharing: Sharing;
  /** Sees to it that the device is signed; `told` is how it stood the last time, which needs no saying again. */
  readonly sign: (told: Standing['kind'] | undefined) => Promise<Standing>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly pauseMs?: number;
};

/** Whether the bot’s device is signed. For «all» that is a matter of looks; with «crossSigned» the bot is mute in encrypted rooms without. */
export class SignedDevice {
  readonly #options: SignedDeviceOptions;
  #told: Standing['kind'] | undefined;
  #isMute = false;

  constructor(options: SignedDeviceOptions) {
    this.#options = options;
  }

  health(): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
    return this.#isMute ? { ok: false, reason: words } : { ok: true };
  }

  /** Resolves when there is nothing left to do, where the bot is mute only when it is so no more. Rejects as `sign` does. */
  async see(): Promise<void> {
    const { sharing, signal, pauseMs = lookAgainMs } = this.#options;
    for (;;) {
      const isVerified = await this.#isVerified();
      if (isVerified || sharing === 'all') return this.#set(false);
      this.#set(true);
      await pause(pauseMs, signal);
      if (signal.aborted) return;
    }
  }

  async #isVerified(): Promise<boolean> {
    const { sign, sharing, log } = this.#options;
    try {
      const { kind } = await sign(this.#told);
      this.#told = kind;
      return kind === 'verified';
    } catch (error) {
      if (sharing === 'all' || !isRefusal(error)) throw error;
      log.warn({ reason: reason(error) }, 'Signing the bot’s Matrix device: refused');
      return false;
    }
  }

  #set(isMute: boolean): void {
    const { log } = this.#options;
    if (isMute && !this.#isMute) log.error({}, `${words.charAt(0).toUpperCase()}${words.slice(1)}`);
    if (!isMute && this.#isMute) log.info({}, 'The bot’s Matrix device is verified: encrypted rooms are answered again');
    this.#isMute = isMute;
  }
}

/** The library gives nobody keys with «crossSigned» while its own device is unsigned, also where that comes later, by a new identity. */
export const isForWantOfSignature = (error: unknown): boolean =>
  /cross-signing is not set up on your account|your device is not verified/.test(reason(error));
