import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** Host part of every user id on the test homeserver. */
export const serverName = 'synapse.test';

const unlimited = { per_second: 10_000, burst_count: 10_000 };
const unlimitedRates = {
  rc_message: unlimited,
  rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
  rc_joins: { local: unlimited, remote: unlimited },
  rc_joins_per_room: unlimited,
  rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
  rc_room_creation: unlimited,
  rc_admin_redaction: unlimited,
  rc_media_create: unlimited,
};

export type HomeserverFiles = {
  readonly config: string;
  readonly log: string;
  readonly logConfig: string;
  readonly signingKey: string;
  readonly database: string;
};

export const homeserverFiles = (directory: string): HomeserverFiles => ({
  config: join(directory, 'homeserver.yaml'),
  log: join(directory, 'homeserver.log'),
  logConfig: join(directory, 'log.yaml'),
  signingKey: join(directory, 'signing.key'),
  database: join(directory, 'homeserver.db'),
});

/** Synapse's configuration files by path, as JSON, which is YAML too. */
export function homeserverConfig(options: {
  readonly directory: string;
  readonly port: number;
  readonly sharedSecret: string;
  /** Leaves `rc_message` at Synapse's default of 0.2 events a second, burst 10; every other limit is lifted. */
  readonly rcMessageDefault: boolean;
  readonly maxUploadBytes: number;
}): Readonly<Record<string, string>> {
  const files = homeserverFiles(options.directory);
  const { rc_message, ...otherRates } = unlimitedRates;
  const homeserver = {
    server_name: serverName,
    public_baseurl: `http://127.0.0.1:${options.port}/`,
    pid_file: join(options.directory, 'homeserver.pid'),
    listeners: [
      { port: options.port, bind_addresses: ['127.0.0.1'], type: 'http', tls: false, resources: [{ names: ['client', 'media'] }] },
    ],
    database: { name: 'sqlite3', args: { database: files.database } },
    media_store_path: join(options.directory, 'media'),
    max_upload_size: options.maxUploadBytes,
    log_config: files.logConfig,
    signing_key_path: files.signingKey,
    registration_shared_secret: options.sharedSecret,
    macaroon_secret_key: randomBytes(16).toString('hex'),
    form_secret: randomBytes(16).toString('hex'),
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    report_stats: false,
    enable_registration: false,
    presence: { enabled: false },
    ...otherRates,
    ...(options.rcMessageDefault ? {} : { rc_message }),
  };
  const log = {
    version: 1,
    formatters: { plain: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
    handlers: { file: { class: 'logging.FileHandler', formatter: 'plain', filename: files.log } },
    root: { level: 'WARNING', handlers: ['file'] },
    disable_existing_loggers: false,
  };
  const seed = randomBytes(32).toString('base64').replace(/=+$/, '');
  return {
    [files.config]: JSON.stringify(homeserver, undefined, 2),
    [files.logConfig]: JSON.stringify(log, undefined, 2),
    [files.signingKey]: `ed25519 a_test ${seed}\n`,
  };
}
