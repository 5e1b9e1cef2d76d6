import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DeviceId, OlmMachine, RequestType, UserId } from '@matrix-org/matrix-sdk-crypto-wasm';

import { BotClient } from '#src/chat/matrix/client.ts';
import type { CrossSigningParts } from '#src/chat/matrix/crypto/cross-signing.ts';
import { readStoreKey } from '#src/chat/matrix/crypto/key-file.ts';
import { requestsOf } from '#src/chat/matrix/crypto/outgoing.ts';
import { openCryptoStore } from '#src/chat/matrix/crypto/store.ts';

export type BotAccount = { readonly userId: string; readonly deviceId: string; readonly accessToken: string };

/** The folder of a bot's keys, which outlives its processes. */
export async function keyFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'blitzbild-keys-'));
  return { path, [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }) };
}

/** One run of the bot's device on its keys: the machine and the door to the homeserver, without rooms. */
export async function openDevice(
  homeserverUrl: string,
  account: BotAccount,
  folder: string,
  { password, uploads = true }: { readonly password?: string; readonly uploads?: boolean } = {},
): Promise<CrossSigningParts & Disposable> {
  const closing = new AbortController();
  const client = new BotClient({
    homeserverUrl,
    accessToken: account.accessToken,
    signal: closing.signal,
    timeoutMs: 30_000,
    maxAnswerBytes: 10_000_000,
  });
  const store = await openCryptoStore({
    file: join(folder, 'crypto.sqlite'),
    key: readStoreKey({ keyFile: undefined, folder }),
    onWriteError: (error) => {
      throw error;
    },
  });
  const machine = await OlmMachine.initFromStore(new UserId(account.userId), new DeviceId(account.deviceId), store.handle);
  const send = requestsOf(client, machine);
  if (uploads) {
    for (const request of await machine.outgoingRequests()) if (request.type === RequestType.KeysUpload) await send(request);
  }
  return {
    machine,
    send,
    ask: async (request) => client.ask(request),
    password,
    [Symbol.dispose]() {
      closing.abort();
      machine.close();
      store.close();
    },
  };
}
