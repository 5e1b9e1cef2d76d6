import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { homeserverConfig, homeserverFiles } from './config.ts';
import { ensureSynapse, synapseOrSkip } from './setup.ts';
import { freePort } from '../../free-port.ts';

export { serverName } from './config.ts';

export type Account = { readonly userId: string; readonly accessToken: string; readonly deviceId: string; readonly password: string };

/** A homeserver on loopback that ends with `stop()`, or with this process at the latest. */
export interface Synapse extends AsyncDisposable {
  readonly url: string;
  registerUser(name: string, options?: { readonly admin?: boolean }): Promise<Account>;
  /** Lifts the message limit for one user, as an operator would. */
  liftMessageLimit(userId: string): Promise<void>;
  /** Ends the access token, as an operator who logs the bot out. */
  logOut(account: Account): Promise<void>;
  /** Another device of the same account. */
  logIn(account: Account, deviceName?: string): Promise<Account>;
  /** Stops the server and starts it again with its data, on the same port. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  /** The same as a power cut does it. `database`: path of its SQLite file. */
  kill(whileDown?: (database: string) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Why no Synapse can run here, or `undefined`. For the `skip` option of a suite. */
export async function synapseSkipReason(): Promise<string | undefined> {
  return (await synapseOrSkip()).skip;
}

/** A file system without a disk, on Linux. */
const memoryFolder = '/dev/shm';

/**
 * Starts a fresh homeserver with an empty database; resolves when it answers (5 … 20 s).
 * @param options `isInMemory`: where its disk must not count, as a database server's would not
 */
export async function startSynapse(
  options: { readonly rcMessageDefault?: boolean; readonly maxUploadBytes?: number; readonly isInMemory?: boolean } = {},
): Promise<Synapse> {
  const setup = await ensureSynapse();
  if ('skip' in setup) throw new Error(setup.skip);
  const directory = await mkdtemp(
    join(options.isInMemory === true && existsSync(memoryFolder) ? memoryFolder : tmpdir(), 'blitzbild-synapse-'),
  );
  const port = await freePort();
  const sharedSecret = randomBytes(16).toString('hex');
  const contents = homeserverConfig({
    directory,
    port,
    sharedSecret,
    rcMessageDefault: options.rcMessageDefault ?? false,
    maxUploadBytes: options.maxUploadBytes ?? 10 * 1024 * 1024,
  });
  for (const [path, text] of Object.entries(contents)) await writeFile(path, text, { mode: 0o600 });
  const url = `http://127.0.0.1:${port}`;
  let homeserver = await launch(setup.python, directory, url);
  let admin: Promise<Account> | undefined;
  const asAdmin = async (method: string, path: string, body: unknown = {}): Promise<void> => {
    const { accessToken } = await (admin ??= register(url, sharedSecret, 'operator', true));
    await call(url + path, { method, body: JSON.stringify(body), headers: { Authorization: `Bearer ${accessToken}` } });
  };
  const stop = async (): Promise<void> => {
    await end(homeserver);
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return {
    url,
    registerUser: (name, { admin: isAdmin = false } = {}) => register(url, sharedSecret, name, isAdmin),
    liftMessageLimit: (userId) =>
      asAdmin('POST', `/_synapse/admin/v1/users/${encodeURIComponent(userId)}/override_ratelimit`, {
        messages_per_second: 0,
        burst_count: 0,
      }),
    async logOut({ accessToken }) {
      await call(`${url}/_matrix/client/v3/logout`, { method: 'POST', body: '{}', headers: { Authorization: `Bearer ${accessToken}` } });
    },
    async logIn({ userId, password }, deviceName) {
      const answer = await call(`${url}/_matrix/client/v3/login`, {
        method: 'POST',
        body: JSON.stringify({
          type: 'm.login.password',
          identifier: { type: 'm.id.user', user: userId },
          password,
          ...(deviceName === undefined ? {} : { initial_device_display_name: deviceName }),
        }),
      });
      const { access_token, device_id } = answer as { access_token: string; device_id: string };
      return { userId, accessToken: access_token, deviceId: device_id, password };
    },
    async kill(whileDown) {
      const exited = once(homeserver, 'exit');
      homeserver.ref();
      homeserver.kill('SIGKILL');
      await exited;
      await whileDown?.(homeserverFiles(directory).database);
      homeserver = await launch(setup.python, directory, url);
    },
    async restart(whileDown) {
      await end(homeserver);
      await whileDown?.();
      homeserver = await launch(setup.python, directory, url);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const launchPatienceMs = 120_000;

async function launch(python: string, directory: string, url: string): Promise<ChildProcess> {
  const files = homeserverFiles(directory);
  const script = join(import.meta.dirname, 'run-homeserver.py');
  const child = spawn(python, [script, '--config-path', files.config], { cwd: directory, stdio: ['pipe', 'ignore', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints = (complaints + chunk).slice(-4000)));
  // Its pipe must not keep a test process alive whose tests have ended.
  child.unref();
  const until = Date.now() + launchPatienceMs;
  while (Date.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const healthy = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return child;
    await delay(150);
  }
  await end(child);
  const log = await readFile(files.log, 'utf8').catch(() => '');
  throw new Error(`Synapse did not start:\n${complaints}\n${log.slice(-4000)}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(forced);
}

/** As `register_new_matrix_user` does it: an HMAC of the answers under the shared secret. */
async function register(url: string, sharedSecret: string, name: string, admin: boolean): Promise<Account> {
  const address = `${url}/_synapse/admin/v1/register`;
  const { nonce } = (await call(address, {})) as { nonce: string };
  const password = randomBytes(12).toString('hex');
  const mac = createHmac('sha1', sharedSecret)
    .update([nonce, name, password, admin ? 'admin' : 'notadmin'].join('\0'))
    .digest('hex');
  const answer = await call(address, { method: 'POST', body: JSON.stringify({ nonce, username: name, password, admin, mac }) });
  const { user_id, access_token, device_id } = answer as { user_id: string; access_token: string; device_id: string };
  return { userId: user_id, accessToken: access_token, deviceId: device_id, password };
}

async function call(address: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(address, { ...init, signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${new URL(address).pathname}: ${response.status} ${await response.text()}`);
  return response.json();
}
