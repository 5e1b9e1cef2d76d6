/** The process of `panic.test.ts`: the connection to Matrix is there, and the library of the encryption panics in the background. */
import { DeviceId, initAsync, OlmMachine, RoomId, UserId } from '@matrix-org/matrix-sdk-crypto-wasm';

import type { Store } from '#core/store-port.ts';
import type { Config } from '#src/config.ts';
import { matrixConnection } from '#src/matrix-connection.ts';

import { ImagesInTest, MemoryInTest } from '../fakes.ts';

const matrix = {
  homeserverUrl: 'http://127.0.0.1:9',
  accessToken: 'syt_canary',
  allowedInviters: [],
  seedsReactions: false,
  shareWith: 'all',
  storeKeyFile: undefined,
} as const;
const store: Partial<Store> = { memory: () => new MemoryInTest() };
const logged = (facts: object, message: string): void => console.log(JSON.stringify({ facts, message }));
const connection = matrixConnection({ dataFolder: '/nowhere' } as Config, matrix, {
  store: store as Store,
  assertRoom: () => {},
  images: new ImagesInTest(),
  log: { debug: logged, info: logged, warn: logged, error: logged },
  say: (line) => console.log(line),
  now: Date.now,
});
if (process.argv[2] === 'closed') await connection.close();

await initAsync();
const machine = await OlmMachine.initialize(new UserId('@bot:small.test'), new DeviceId('BOT'));
setTimeout(() => process.exit(7), 5000);
// Nobody has the keys of this room: the library breaks off, and this is never answered.
await machine.encryptRoomEvent(new RoomId('!room:small.test'), 'm.room.message', '{}');
console.log('answered');
