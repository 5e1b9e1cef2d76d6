import { backoffMs, pause } from './backoff.ts';

export type Patience = {
  readonly mostAttempts: number;
  /** Ends the pauses; what is under way ends by itself. */
  readonly signal: AbortSignal;
  /** 0 … 1, for the pauses. */
  readonly random: () => number;
  /** Whether asking again may help: the server was busy, out of reach or had not got it yet. */
  readonly mayPass: (error: unknown) => boolean;
};

/** A failure that may pass is met with a few more attempts. Rejects with the last one's error. */
export async function patiently<Answer>(ask: () => Promise<Answer>, { mostAttempts, signal, random, mayPass }: Patience): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === mostAttempts || signal.aborted || !mayPass(error)) throw error;
      await pause(backoffMs(attempt, error, random), signal);
      if (signal.aborted) throw error;
    }
  }
}
