/**
 * A child of `store-kill.test.ts`: one device that sends messages until it is killed, with keys that change every third
 * message. With `read` it reads what was sent instead, says how much it could, and ends.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  DecryptionSettings,
  DeviceId,
  DeviceLists,
  EncryptionSettings,
  OlmMachine,
  RequestType,
  RoomId,
  TrustRequirement,
  UserId,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import { openCryptoStore } from '#src/chat/matrix/crypto/store.ts';

const [url = '', user = '', file = '', mode = ''] = process.argv.slice(2);
const everybody = ['@ada:example.org', '@bot:example.org'];
const roomId = '!room:example.org';
const positionFile = `${file}.position`;
const paths = { [RequestType.KeysUpload]: '/upload', [RequestType.KeysQuery]: '/query', [RequestType.KeysClaim]: '/claim' } as Record<
  number,
  string
>;

const ids = (): UserId[] => everybody.map((id) => new UserId(id));
const settings = (): DecryptionSettings => new DecryptionSettings(TrustRequirement.Untrusted);

async function ask(path: string, body: unknown): Promise<any> {
  const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'x-user': user } });
  return response.json();
}

const store = await openCryptoStore({
  file,
  key: new Uint8Array(32).fill(7),
  onWriteError(error) {
    console.error(error);
    process.exit(3);
  },
});
const machine = await OlmMachine.initFromStore(new UserId(user), new DeviceId('DEVICE'), store.handle);
process.send?.({ identity: machine.identityKeys.ed25519.toBase64() });

/** Sends a request of the machine and gives it the answer. */
async function carryOut(request: any): Promise<void> {
  const body = JSON.parse(request.body);
  const answer =
    request.type === RequestType.ToDevice
      ? await ask('/to-device', { txnId: request.txn_id, type: request.event_type, messages: body.messages })
      : await ask(paths[request.type] ?? `/unknown-${request.type}`, body);
  await machine.markRequestAsSent(request.id, request.type, JSON.stringify(answer));
}

/** @returns whether everybody's device is known */
async function sync(): Promise<boolean> {
  const since = existsSync(positionFile) ? Number(readFileSync(positionFile, 'utf8')) : 0;
  const { toDevice, changed, oneTimeKeys, next } = await ask('/sync', { since });
  const receive = async (events: readonly unknown[], users: readonly string[]): Promise<void> => {
    const lists = new DeviceLists(
      users.map((id) => new UserId(id)),
      [],
    );
    await machine.receiveSyncChanges(JSON.stringify(events), lists, new Map(Object.entries(oneTimeKeys)), new Set(), settings());
  };
  // One by one: of two keys of one session that come in the same batch the machine keeps the last, even where that one
  // begins later.
  for (const event of toDevice) await receive([event], []);
  await receive([], changed);
  // Only now: what is not stored is asked for again.
  writeFileSync(`${positionFile}.new`, String(next));
  renameSync(`${positionFile}.new`, positionFile);
  for (const request of await machine.outgoingRequests()) await carryOut(request);
  return changed.length === everybody.length;
}

async function say(body: string): Promise<void> {
  const encryption = new EncryptionSettings();
  encryption.rotationPeriodMessages = 3n;
  const claim = await machine.getMissingSessions(ids());
  if (claim) await carryOut(claim);
  for (const request of await machine.shareRoomKey(new RoomId(roomId), ids(), encryption)) await carryOut(request);
  const content = await machine.encryptRoomEvent(new RoomId(roomId), 'm.room.message', JSON.stringify({ msgtype: 'm.text', body }));
  await ask('/send', { txnId: randomUUID(), content: JSON.parse(content) });
}

await machine.updateTrackedUsers(ids());
if (mode === 'read') {
  await sync();
  await sync();
  process.send?.({ synced: true });
  process.once('message', async (events: any) => {
    const unread: string[] = [];
    for (const event of events) {
      await machine
        .decryptRoomEvent(JSON.stringify({ ...event, room_id: roomId, origin_server_ts: 1 }), new RoomId(roomId), settings())
        .catch((error: unknown) => unread.push(`${event.event_id} of ${event.sender}: ${String((error as any).description ?? error)}`));
    }
    process.send?.({ unread }, () => process.exit());
  });
} else {
  for (;;) {
    // What is said before somebody is there is not for them.
    if (await sync()) await say(`message of ${user}`);
  }
}
