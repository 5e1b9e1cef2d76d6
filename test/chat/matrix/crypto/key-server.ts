/** As much of a homeserver as two devices need to send each other keys and messages, in memory, and a strict memory of its own. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';

type Json = any;

export class KeyServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #devices = new Map<string, { readonly deviceId: string; readonly keys: Json }>();
  /** One-time keys that nobody has claimed. */
  readonly #oneTimeKeys = new Map<string, Map<string, Json>>();
  readonly #everUploaded = new Map<string, Json>();
  readonly #fallbackKeys = new Map<string, Json>();
  readonly #toDevice = new Map<string, { readonly position: number; readonly event: Json }[]>();
  readonly #transactions = new Set<string>();
  #position = 0;
  /** Encrypted room events, oldest first. */
  readonly timeline: Json[] = [];
  /** What no sound device does: other identity keys, or another key under an id that was used. */
  readonly conflicts: string[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const path = request.url ?? '/';
        const user = String(request.headers['x-user']);
        response.end(JSON.stringify(this.#answer(path, user, JSON.parse(body))));
      });
    });
  }

  static async start(): Promise<KeyServer> {
    const started = new KeyServer();
    started.#server.listen(0, '127.0.0.1');
    await once(started.#server, 'listening');
    return started;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  #answer(path: string, user: string, body: Json): Json {
    switch (path) {
      case '/upload':
        return this.#upload(user, body);
      case '/query':
        return { device_keys: Object.fromEntries(Object.keys(body.device_keys).map((asked) => [asked, this.#devicesOf(asked)])) };
      case '/claim':
        return { one_time_keys: this.#claim(body.one_time_keys) };
      case '/to-device':
        return this.#sendToDevice(user, body);
      case '/sync':
        return this.#sync(user, body);
      case '/send':
        if (this.#isNew(`${user} ${body.txnId}`)) {
          this.timeline.push({ type: 'm.room.encrypted', sender: user, event_id: `$${this.timeline.length}`, content: body.content });
        }
        return {};
      default:
        throw new Error(path);
    }
  }

  #upload(user: string, { device_keys, one_time_keys = {}, fallback_keys = {} }: Json): Json {
    if (device_keys) {
      const known = this.#devices.get(user);
      if (known && !isDeepStrictEqual(known.keys.keys, device_keys.keys)) this.conflicts.push(`${user} has other identity keys`);
      this.#devices.set(user, { deviceId: device_keys.device_id, keys: device_keys });
    }
    const left = this.#oneTimeKeys.get(user) ?? new Map<string, Json>();
    this.#oneTimeKeys.set(user, left);
    for (const [id, key] of Object.entries<Json>(one_time_keys)) {
      const before = this.#everUploaded.get(`${user} ${id}`);
      if (before !== undefined && before.key !== key.key) this.conflicts.push(`${user} has another one-time key ${id}`);
      if (before === undefined) left.set(id, key);
      this.#everUploaded.set(`${user} ${id}`, key);
    }
    for (const [id, key] of Object.entries(fallback_keys)) this.#fallbackKeys.set(user, { [id]: key });
    return { one_time_key_counts: { signed_curve25519: left.size } };
  }

  #devicesOf(user: string): Json {
    const device = this.#devices.get(user);
    return device === undefined ? {} : { [device.deviceId]: device.keys };
  }

  #claim(wanted: Json): Json {
    const claimed: Json = {};
    for (const user of Object.keys(wanted)) {
      const left = this.#oneTimeKeys.get(user);
      const [first] = left ?? [];
      if (first !== undefined) left?.delete(first[0]);
      const key = first === undefined ? this.#fallbackKeys.get(user) : { [first[0]]: first[1] };
      const deviceId = this.#devices.get(user)?.deviceId;
      if (key !== undefined && deviceId !== undefined) claimed[user] = { [deviceId]: key };
    }
    return claimed;
  }

  #sendToDevice(user: string, { txnId, type, messages }: Json): Json {
    if (!this.#isNew(`${user} ${txnId}`)) return {};
    for (const [to, devices] of Object.entries<Json>(messages)) {
      for (const content of Object.values(devices))
        this.#queueOf(to).push({ position: ++this.#position, event: { type, sender: user, content } });
    }
    return {};
  }

  /** What was given out is kept until a later sync shows that it has arrived. */
  #sync(user: string, { since }: Json): Json {
    const queue = this.#queueOf(user);
    queue.splice(0, queue.findLastIndex(({ position }) => position <= since) + 1);
    return {
      next: this.#position,
      toDevice: queue.map(({ event }) => event),
      changed: [...this.#devices.keys()],
      oneTimeKeys: { signed_curve25519: this.#oneTimeKeys.get(user)?.size ?? 0 },
    };
  }

  #queueOf(user: string): { readonly position: number; readonly event: Json }[] {
    const queue = this.#toDevice.get(user) ?? [];
    this.#toDevice.set(user, queue);
    return queue;
  }

  #isNew(transaction: string): boolean {
    const isNew = !this.#transactions.has(transaction);
    this.#transactions.add(transaction);
    return isNew;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
