import { keysMissingAdvice, type Standing } from '#src/chat/matrix/crypto/cross-signing.ts';
import { RecoveryError } from '#src/chat/matrix/crypto/recovery.ts';
import type { Io } from '#src/cli/io.ts';

/** Tells how the device stands now. @throws RecoveryError where it is not verified, with what to do */
export function sayStanding(standing: Standing, { stdout }: Pick<Io, 'stdout'>): void {
  if (standing.kind === 'keys-missing') throw new RecoveryError(keysMissingAdvice);
  if (standing.kind === 'unconfirmed') throw new RecoveryError(standing.sentence.replace(/^the/, 'The'));
  stdout.write('The bot’s device is verified. Start the bot again.\n');
}
