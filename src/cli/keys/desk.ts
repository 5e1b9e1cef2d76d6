/** What all commands for the bot's keys begin with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingKey, readStoreKey, STORE_FILE } from '#src/chat/matrix/crypto/key-file.ts';
import { KeyDesk, type KeyDeskOptions } from '#src/chat/matrix/crypto/key-desk.ts';
import { DeviceKeysLostError } from '#src/chat/matrix/crypto/own-device.ts';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';
import { openCryptoStore } from '#src/chat/matrix/crypto/store.ts';
import type { KeysInFolder } from '#src/chat/matrix/doctor-device.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readConfig, type Config } from '#src/config.ts';

export type MatrixConfig = NonNullable<Config['matrix']>;

/** @throws UsageError where Matrix is not configured */
export function matrixConfig({ root }: Pick<Io, 'root'>): { readonly config: Config; readonly matrix: MatrixConfig } {
  const config = readConfig(fileURLToPath(root));
  if (config.matrix === undefined) {
    throw new UsageError('Matrix is not configured: set MATRIX_HOMESERVER_URL and MATRIX_ACCESS_TOKEN_FILE in .env first.');
  }
  return { config, matrix: config.matrix };
}

/** The keys of the bot's device. Where there are none yet they are made, as at the bot's first start. */
export async function openDesk(io: Io): Promise<KeyDesk> {
  const { config, matrix } = matrixConfig(io);
  return KeyDesk.open(deskOptions(config, matrix));
}

/** What doctor may know without disturbing anybody: nothing is made, and a running bot keeps its keys to itself. */
export async function lookIntoFolder(config: Config, matrix: MatrixConfig): Promise<KeysInFolder> {
  const folder = join(config.dataFolder, 'matrix');
  if (!existsSync(join(folder, STORE_FILE))) return { kind: 'none' };
  if (matrix.storeKeyFile === undefined && !existsSync(join(folder, 'store.key'))) {
    return { kind: 'unusable', sentence: missingKey(folder) };
  }
  try {
    await using desk = await KeyDesk.open(deskOptions(config, matrix));
    return { kind: 'fitting', hasPrivateKeys: await desk.hasPrivateKeys() };
  } catch (error) {
    if (error instanceof CryptoStoreError && error.reason === 'in-use') return { kind: 'in-use' };
    if (error instanceof CryptoStoreError || error instanceof DeviceKeysLostError) return { kind: 'unusable', sentence: error.message };
    throw error;
  }
}

function deskOptions(config: Config, { homeserverUrl, accessToken, password, storeKeyFile }: MatrixConfig): KeyDeskOptions {
  const folder = join(config.dataFolder, 'matrix');
  return {
    homeserverUrl,
    accessToken,
    password,
    openStore: async () =>
      openCryptoStore({
        file: join(folder, STORE_FILE),
        key: readStoreKey({ keyFile: storeKeyFile, folder }),
        onWriteError: (error) => {
          throw error;
        },
      }),
  };
}
