import { askWith } from '#src/chat/matrix/crypto/key-desk.ts';
import { lookAtOwnDevice, whoAmI } from '#src/chat/matrix/crypto/own-device.ts';
import { hasRecovery } from '#src/chat/matrix/crypto/recovery.ts';
import { judgeDevice } from '#src/chat/matrix/doctor-device.ts';
import type { Finding } from '#src/chat/common/finding.ts';
import { lookIntoFolder, type MatrixConfig } from '#src/cli/keys/desk.ts';
import type { Config } from '#src/config.ts';

/** Looks at the bot's device with the token, and at its keys where no bot holds them. Never rejects. */
export async function checkVerification(config: Config, matrix: MatrixConfig): Promise<readonly Finding[]> {
  const ask = askWith(matrix, AbortSignal.timeout(60_000));
  try {
    const ids = await whoAmI(ask);
    const device = await lookAtOwnDevice(ask, ids);
    return judgeDevice({ device, keys: await lookIntoFolder(config, matrix), hasRecovery: await hasRecovery(ask, ids.userId) });
  } catch (error) {
    return [
      {
        ok: false,
        what: `The bot’s device could not be looked at: ${error instanceof Error ? error.message : 'unknown'}`,
        advice: 'Without its own device with keys the bot can’t take part in encrypted rooms, see docs/matrix.md',
      },
    ];
  }
}
