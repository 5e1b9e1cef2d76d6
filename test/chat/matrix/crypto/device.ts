/** A device of the store's tests that talks to itself: enough to move every kind of key on. */
import {
  DecryptionSettings,
  DeviceId,
  EncryptionSettings,
  OlmMachine,
  RoomId,
  TrustRequirement,
  UserId,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import { type CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';
import { openCryptoStore, type CryptoStore } from '#src/chat/matrix/crypto/store.ts';

export const storeKey = new Uint8Array(32).fill(7);
const user = '@bot:example.org';
const room = '!room:example.org';

export class Device implements Disposable {
  readonly #store: CryptoStore;
  readonly #machine: OlmMachine;
  readonly writeErrors: CryptoStoreError[];
  #isClosed = false;

  private constructor(store: CryptoStore, machine: OlmMachine, writeErrors: CryptoStoreError[]) {
    this.#store = store;
    this.#machine = machine;
    this.writeErrors = writeErrors;
  }

  static async open(file: string, key = storeKey): Promise<Device> {
    const writeErrors: CryptoStoreError[] = [];
    const store = await openCryptoStore({ file, key, onWriteError: (error) => writeErrors.push(error) });
    try {
      return new Device(store, await OlmMachine.initFromStore(new UserId(user), new DeviceId('BOT'), store.handle), writeErrors);
    } catch (error) {
      store.close();
      throw error;
    }
  }

  get identity(): string {
    return this.#machine.identityKeys.ed25519.toBase64();
  }

  /** How many rooms' keys it holds. */
  async roomKeys(): Promise<number> {
    return (await this.#machine.roomKeyCounts()).total;
  }

  async share(roomId = room): Promise<void> {
    await this.#machine.shareRoomKey(new RoomId(roomId), [new UserId(user)], new EncryptionSettings());
  }

  /** @returns the encrypted content */
  async encrypt(body: string): Promise<string> {
    await this.share();
    return this.#machine.encryptRoomEvent(new RoomId(room), 'm.room.message', JSON.stringify({ msgtype: 'm.text', body }));
  }

  async decrypt(content: string): Promise<string> {
    const event = { type: 'm.room.encrypted', event_id: '$event', sender: user, origin_server_ts: 1, room_id: room };
    const { event: clear } = await this.#machine.decryptRoomEvent(
      JSON.stringify({ ...event, content: JSON.parse(content) }),
      new RoomId(room),
      new DecryptionSettings(TrustRequirement.Untrusted),
    );
    return JSON.parse(clear).content.body;
  }

  /** Only the store: as if the machine were in the middle of something. */
  closeStore(): void {
    this.#store.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#machine.close();
    this.#store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Which message a megolm session has reached. */
export const sessionOf = (content: string): string => JSON.parse(content).session_id;
