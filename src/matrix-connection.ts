import { join } from 'node:path';
import { readStoreKey, STORE_FILE } from '#src/chat/matrix/crypto/key-file.ts';
import { isPanic } from '#src/chat/matrix/crypto/matrix-crypto.ts';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';
import { openCryptoStore, type CryptoStore } from '#src/chat/matrix/crypto/store.ts';
import { MatrixPlatform, needsOperator } from '#src/chat/matrix/matrix-platform.ts';
import type { Config } from '#src/config.ts';
import { ServerConnection, type ConnectionParts } from '#src/server-connection.ts';

/** The Matrix platform as configured, and the way to its homeserver. */
export function matrixConnection(config: Config, matrix: NonNullable<Config['matrix']>, parts: ConnectionParts): ServerConnection {
  const { store, images, log, say, now, assertRoom } = parts;
  const { homeserverUrl, accessToken, adminToken, allowedInviters, seedsReactions } = matrix;
  const folder = join(config.dataFolder, 'matrix');
  /** Once they are open. */
  let keys: CryptoStore | undefined;

  /**
   * Ends the process at once: what the encryption holds in memory is ahead of its disk, or in pieces. Going on would
   * use keys twice; the next start takes up what is on the disk.
   */
  const end = (error: unknown): never => {
    const sentence =
      error instanceof CryptoStoreError
        ? error.message
        : 'The encryption of Matrix rooms broke off in the middle of its work, so the bot ends here; start it again.';
    log.error({}, sentence);
    say(`Matrix: ${sentence}`);
    return process.exit(1);
  };
  // A panic within a call that is under way ends the microtask, not the call: nobody who awaits it would ever hear of it.
  const onUncaught = (error: unknown): void => {
    if (isPanic(error)) end(error);
  };
  process.on('uncaughtExceptionMonitor', onUncaught);

  const platform = new MatrixPlatform({
    homeserverUrl,
    accessToken,
    adminToken,
    allowedInviters: {
      users: allowedInviters.filter((entry) => entry.startsWith('@')),
      rooms: allowedInviters.filter((entry) => entry.startsWith('!')),
      servers: allowedInviters.filter((entry) => !/^[@!]/.test(entry)),
    },
    memory: store.memory('matrix'),
    images,
    log,
    now,
    seedsReactions,
    encryption: {
      sharing: matrix.shareWith,
      password: matrix.password,
      openStore: async () => {
        const key = readStoreKey({ keyFile: matrix.storeKeyFile, folder });
        keys = await openCryptoStore({ file: join(folder, STORE_FILE), key, onWriteError: end });
        return keys;
      },
      assertRoom,
      onBroken: end,
    },
  });
  return new ServerConnection(
    {
      platform,
      title: 'Matrix',
      server: 'homeserver',
      check: 'homeserver',
      needsOperator,
      snapshotSources: () => {
        const opened = keys;
        return opened === undefined ? [] : [{ file: 'matrix/crypto.sqlite', snapshot: async (path) => opened.snapshot(path) }];
      },
      onClose: () => void process.off('uncaughtExceptionMonitor', onUncaught),
    },
    parts,
  );
}
