import { checkVerification } from '#src/cli/check-verification.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { matrixConfig } from '#src/cli/keys/desk.ts';
import { readOptions } from '#src/cli/options.ts';
import { printFindings } from '#src/cli/print-findings.ts';

/** `blitzbild keys status`: changes nothing, and may be asked while the bot runs. */
export async function status(args: readonly string[], io: Io): Promise<void> {
  if (readOptions(args, {}).positionals.length > 0) throw new UsageError('keys status takes no arguments.');
  const { config, matrix } = matrixConfig(io);
  printFindings(await checkVerification(config, matrix), io);
}
