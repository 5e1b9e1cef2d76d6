/**
 * The process of an `EncryptedPerson`: matrix-js-sdk with its own sync, its own cryptography's glue and a store on the disk.
 * Asked over the process's channel; tells every event of every room as it is read.
 */
import {
  createClient,
  ClientEvent,
  MatrixEventEvent,
  MemoryStore,
  RoomEvent,
  type MatrixClient,
  MatrixEvent,
  SyncState,
} from 'matrix-js-sdk';
import { AllDevicesIsolationMode, OnlySignedDevicesIsolationMode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { Logger } from 'matrix-js-sdk/lib/logger.js';
import { setTimeout as delay } from 'node:timers/promises';
import { DurableIndexedDb } from '#src/chat/matrix/crypto/durable-indexeddb.ts';
import { defineGlobalClasses, loadInternals } from '#src/chat/matrix/crypto/indexeddb-internals.ts';
import { hookTransactions } from '#src/chat/matrix/crypto/indexeddb-writes.ts';
import { StoreFile } from '#src/chat/matrix/crypto/store-file.ts';
import type { PeerEvent, PeerRequest, PeerStart } from './encrypted-person.ts';

const nothing = (): void => {};
const silent: Logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, getChild: () => silent };
let client: MatrixClient;

// It reports what can't be decrypted, which is what is told anyway.
for (const name of ['trace', 'debug', 'log', 'info', 'warn', 'error'] as const) console[name] = nothing;

// Who has left hears nothing more: that is no error.
const tell = (message: object): void => void process.send?.(message, undefined, {}, () => {});

function tellEvent(event: MatrixEvent): void {
  const { event_id: eventId, room_id: roomId } = event.event;
  // A local echo has no place in the room yet.
  if (eventId === undefined || roomId === undefined || eventId.startsWith('~')) return;
  const told: PeerEvent = {
    event_id: eventId,
    type: event.getType(),
    sender: event.getSender() ?? '',
    content: event.getOriginalContent(),
    isEncrypted: event.isEncrypted(),
    sentMs: event.getTs(),
    ...(event.getStateKey() === undefined ? {} : { state_key: event.getStateKey()! }),
    ...(event.isDecryptionFailure() ? { unreadable: String(event.decryptionFailureReason) } : {}),
  };
  tell({ roomId, event: told });
}

async function start({ url, account, storeFile, starts, signs, onlySigned, withholds, secrets }: PeerStart): Promise<void> {
  const internals = await loadInternals();
  hookTransactions(internals);
  defineGlobalClasses();
  const onWriteError = (error: Error): void => {
    throw error;
  };
  Object.assign(globalThis, { indexedDB: new DurableIndexedDb(internals, new StoreFile(storeFile), onWriteError).factory });
  client = createClient({ baseUrl: url, ...account, store: new MemoryStore(), logger: silent });
  await client.initRustCrypto({ cryptoDatabasePrefix: 'peer', storageKey: new Uint8Array(32).fill(3) });
  const crypto = client.getCrypto()!;
  crypto.setDeviceIsolationMode(onlySigned ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false));
  crypto.globalBlacklistUnverifiedDevices = withholds;
  client.on(RoomEvent.Timeline, (event) => tellEvent(event));
  client.on(MatrixEventEvent.Decrypted, (event) => tellEvent(event));
  const synced = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && resolve());
  });
  // A homeserver answers the same first question from its memory for a while, as it was then: each start asks another one.
  await client.startClient({ initialSyncLimit: 50 + starts });
  await synced;
  if (secrets !== undefined) {
    await crypto.importSecretsBundle?.(secrets);
    await crypto.crossSignDevice(account.deviceId);
  } else if (signs) {
    await crypto.bootstrapCrossSigning({
      authUploadDeviceSigningKeys: async (request) => {
        const identifier = { type: 'm.id.user', user: account.userId };
        await request({ type: 'm.login.password', identifier, user: account.userId, password: account.password });
      },
    });
  }
}

/** The client knows for a moment that a room is encrypted and not yet how. */
async function send({ roomId, type, content }: PeerRequest & { readonly kind: 'send' }): Promise<string> {
  for (;;) {
    try {
      return (await client.sendEvent(roomId, type as never, content as never)).event_id;
    } catch (error) {
      if (!String(error).includes('unconfigured room')) throw error;
      await delay(50);
    }
  }
}

async function answer(request: PeerRequest): Promise<unknown> {
  const crypto = client?.getCrypto();
  switch (request.kind) {
    case 'start':
      return start(request.start);
    case 'send':
      return send(request);
    case 'read': {
      const eventOf = client.getEventMapper();
      for (const event of request.events) tellEvent(eventOf({ ...event, room_id: request.roomId }));
      return undefined;
    }
    case 'isEncrypted':
      // Until its sync has come to the room's state this client sends in the clear, whatever its keys know.
      return client.getRoom(request.roomId)?.hasEncryptionStateEvent() === true && crypto?.isEncryptionEnabledInRoom(request.roomId);
    case 'secrets':
      return crypto?.exportSecretsBundle?.();
    case 'decrypt': {
      const event = new MatrixEvent({ ...request.event, room_id: request.roomId });
      await client.decryptEventIfNeeded(event);
      return event.isDecryptionFailure() ? { unreadable: String(event.decryptionFailureReason) } : { content: event.getOriginalContent() };
    }
    case 'devices': {
      const devices = (await crypto?.getUserDeviceInfo([request.userId], true))?.get(request.userId);
      const ids = [...(devices?.keys() ?? [])];
      return Promise.all(
        ids.map(async (deviceId) => ({
          deviceId,
          isSigned: (await crypto?.getDeviceVerificationStatus(request.userId, deviceId))?.signedByOwner === true,
        })),
      );
    }
    case 'stop':
      client.stopClient();
      return undefined;
  }
}

process.on('message', (message: { readonly id: number; readonly request: PeerRequest }) => {
  answer(message.request).then(
    (value) => tell({ id: message.id, value }),
    (error: unknown) => tell({ id: message.id, error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
