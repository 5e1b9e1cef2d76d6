/** The systemd unit as systemd reads it, and what it says about the program held against the program. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { STORE_FILE } from '#src/chat/matrix/crypto/key-file.ts';
import { programFlags } from '#src/node-flags.mjs';
import { ensureSystemdAnalyze, type Analyzer } from './systemd-analyze.ts';

const root = resolve(import.meta.dirname, '../..');
const source = await readFile(join(root, 'deploy/systemd/blitzbild.service'), 'utf8');
/** All values of a key, in their order. */
const values = (key: string): readonly string[] => [...source.matchAll(new RegExp(`^${key}=(.*)$`, 'gmu'))].map((match) => match[1] ?? '');
const environment = Object.fromEntries(values('Environment').map((line) => line.split('=', 2) as [string, string]));

describe('systemd-analyze', { timeout: 280_000 }, () => {
  let analyzer: Analyzer | { readonly skip: string };
  let folder = '';
  before(async () => {
    analyzer = await ensureSystemdAnalyze();
    folder = await mkdtemp(join(tmpdir(), 'blitzbild-unit-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** The unit with this checkout in place of /opt/blitzbild, because systemd looks whether the program is there. */
  const unit = async (change: (text: string) => string = (text) => text): Promise<string> => {
    const path = join(folder, 'blitzbild.service');
    await writeFile(path, change(source.replaceAll('/opt/blitzbild', root)));
    return path;
  };

  test('verify finds nothing in it, and would find a mistake', async (context) => {
    if ('skip' in analyzer) return context.skip(analyzer.skip);
    assert.deepEqual(await analyzer.run(['verify', await unit()]), { status: 0, output: '' });
    const withAll = await unit((text) => text.replaceAll(/^#(?=LoadCredential=|Environment=)/gmu, ''));
    assert.deepEqual(await analyzer.run(['verify', withAll]), { status: 0, output: '' }, 'with what is left out as well');
    const misspelt = await analyzer.run(['verify', await unit((text) => text.replace('KillMode=mixed', 'KilMode=mixed'))]);
    assert.match(misspelt.output, /KilMode/u);
    const missing = await analyzer.run(['verify', await unit((text) => text.replace('.bin/node ', '.bin/no-such-node '))]);
    assert.match(missing.output, /no-such-node/u);
    return undefined;
  });

  test('it is confined: exposure of at most 4 of 10', async (context) => {
    if ('skip' in analyzer) return context.skip(analyzer.skip);
    const { status, output } = await analyzer.run(['security', '--offline=true', await unit()]);
    if (/unrecognized option/u.test(output)) return context.skip('this systemd-analyze is too old to rate a file (systemd 250 can)');
    assert.equal(status, 0, output);
    const exposure = Number(/Overall exposure level[^:]*: ([\d.]+)/u.exec(output)?.[1]);
    assert.ok(exposure <= 4, `${exposure}`);
    return undefined;
  });
});

test('it starts the program as the launcher does', () => {
  const [command = ''] = values('ExecStart');
  assert.deepEqual(command.split(' '), ['/opt/blitzbild/node_modules/.bin/node', ...programFlags, 'src/cli.ts', 'start']);
  assert.equal(values('WorkingDirectory')[0], '/opt/blitzbild');
});

test('what it names exists in this repository', () => {
  for (const [path] of source.matchAll(/(?<=\/opt\/blitzbild\/)(docs|src)\S+/gu)) assert.ok(existsSync(join(root, path)), path);
});

test('its environment holds settings that there are, and no secret', async () => {
  const documented = await readFile(join(root, '.env.example'), 'utf8');
  for (const key of Object.keys(environment).filter((name) => /^(BLITZBILD|MATRIX|MATTERMOST)_/u.test(name)))
    assert.match(documented, new RegExp(`^#${key}=`, 'mu'), key);
  assert.equal(environment['BLITZBILD_DATA'], `/var/lib/${values('StateDirectory')[0]}`);
  assert.equal(environment['MATRIX_ACCESS_TOKEN_FILE'], '%d/matrix-token');
  assert.doesNotMatch(source, /syt_|MATRIX_ACCESS_TOKEN=|MATTERMOST_(?:COMMAND_)?TOKEN=/u);
});

test('every secret that can be handed over, also one that is left out, is a setting that there is, and comes from a file of its own', async () => {
  const documented = await readFile(join(root, '.env.example'), 'utf8');
  const credentials = Array.from(source.matchAll(/^#?LoadCredential=([\w-]+):(\S+)$/gmu), ([, name = '', file = '']) => ({ name, file }));
  const settings = Array.from(source.matchAll(/^#?Environment=(\w+)=%d\/(\S+)$/gmu), ([, key = '', name = '']) => ({ key, name }));
  assert.deepEqual(
    settings.map(({ name }) => name),
    credentials.map(({ name }) => name),
  );
  assert.ok(settings.some(({ key }) => key === 'MATTERMOST_TOKEN_FILE'));
  for (const { key } of settings) assert.match(documented, new RegExp(`^#${key}=`, 'mu'), key);
  const script = await readFile(join(root, 'deploy/systemd/blitzbild'), 'utf8');
  for (const [index, { key }] of settings.entries())
    assert.ok(script.includes(`export ${key}=${credentials[index]?.file};`), `${key} for the command line`);
});

test('the page says how to put the keys of an old device away, where the service has them and whatever SQLite left beside them', async () => {
  const page = await readFile(join(root, 'docs/operations.md'), 'utf8');
  const file = `/var/lib/${values('StateDirectory')[0]}/matrix/${STORE_FILE}`;
  const night = page.slice(page.indexOf('## At 3 a.m.'));
  for (const [part, name] of [
    [/^\| «The Matrix access token is not valid any more».*$/mu.exec(night)?.[0], 'the row about the token'],
    [/^## Logging the bot in again$[\s\S]*?^```sh\n([\s\S]*?)^```$/mu.exec(page)?.[1], 'the steps'],
  ] as const)
    assert.ok(part?.includes(`mv --backup=numbered ${file}* `), name);
  const [refusal = ''] =
    /belong to another account or device/u.exec(await readFile(join(root, 'src/chat/matrix/crypto/open-machine.ts'), 'utf8')) ?? [];
  assert.ok(refusal !== '' && night.includes(refusal), 'the refusal of the next start has a row of its own');
});

test('a crash is followed by a start, a mistake in the configuration is not, and a stop waits for the running picture', () => {
  assert.equal(values('Restart')[0], 'on-failure');
  assert.equal(values('RestartPreventExitStatus')[0], '2', 'exit code of src/cli.ts for bad configuration');
  assert.ok(Number(values('TimeoutStopSec')[0]) >= 20, 'five seconds for a step of the running picture, two for the engine, and the rest');
  assert.equal(values('KillMode')[0], 'mixed', 'the engine is ended by the program');
  assert.equal(values('OOMPolicy')[0], 'continue', 'an engine without memory is the program’s to report');
});

test('the command line of the service has its folder, its settings and its arguments', async (context) => {
  if (process.platform === 'win32') return context.skip('this system has no sh');
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-command-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const script = await readFile(join(root, 'deploy/systemd/blitzbild'), 'utf8');
  // Where the settings would be wrong, the program says so; nothing is changed by it.
  const settings = [
    '# MATRIX_HOMESERVER_URL=https://matrix.example.org',
    '  MATRIX_HOMESERVER_URL="no-address"',
    // Commands for a shell, which systemd takes for values and for nonsense.
    `BLITZBILD_NOTES=$(touch ${folder}/done-1) \`touch ${folder}/done-2\` & touch ${folder}/done-3`,
    `touch ${folder}/done-4`,
    'BLITZBILD PORT=not a name',
    `BLITZBILD_CONFIG='${folder}/of a name with = and spaces'`,
  ];
  // The last line has no end, as some editors leave it.
  await writeFile(join(folder, 'environment'), settings.join('\n'));
  await mkdir(join(folder, 'of a name with = and spaces'));
  await writeFile(join(folder, 'of a name with = and spaces/blitzbild.yaml'), 'matrix:\n  allowedInviters: 7\n');
  await writeFile(join(folder, 'matrix-token'), 'syt_test');
  await writeFile(join(folder, 'mattermost-token'), '\n');
  const here = script
    .replaceAll('/opt/blitzbild', root)
    .replaceAll('/etc/blitzbild', folder)
    .replaceAll('/var/lib/blitzbild', join(folder, 'data'))
    .replace('runuser -u blitzbild -- ', '');
  await writeFile(join(folder, 'blitzbild'), here);
  const { status, stdout, stderr } = spawnSync('sh', [join(folder, 'blitzbild'), 'backup', join(folder, 'with a space')], {
    encoding: 'utf8',
  });
  assert.equal(status, 2, stdout + stderr);
  assert.match(stderr, /MATRIX_HOMESERVER_URL must be an address/u);
  assert.match(stderr, /allowedInviters/u, 'the configuration that the last line names is read');
  assert.match(stderr, /MATTERMOST_TOKEN_FILE names an empty file/u, 'and the token of Mattermost');
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('done')),
    [],
    'nothing in the settings was carried out',
  );
  assert.match(spawnSync('sh', [join(folder, 'blitzbild'), 'help'], { encoding: 'utf8' }).stdout, /^Usage: blitzbild COMMAND/u);
  const exported = [...script.matchAll(/\b((?:BLITZBILD|MATRIX|MATTERMOST)_\w+)=/gu)].map((match) => match[1] ?? '');
  const documented = await readFile(join(root, '.env.example'), 'utf8');
  for (const key of exported) assert.match(documented, new RegExp(`^#${key}=`, 'mu'), key);
  assert.equal(exported.length, 5);
  return undefined;
});

describe('the system keeps the program from everything but its server', () => {
  const dropIn = 'deploy/systemd/blitzbild.service.d/only-the-server.conf';

  test('what is not named is denied, and only this machine and the server are named', async () => {
    const text = await readFile(join(root, dropIn), 'utf8');
    const set = [...text.matchAll(/^(\w+)=(.*)$/gmu)].map(([, key, value]) => [key, value]);
    assert.deepEqual(set, [
      ['IPAddressDeny', 'any'],
      ['IPAddressAllow', 'localhost'],
      // Of nobody, RFC 5737: who forgets to put the server's there has a bot that reaches nothing.
      ['IPAddressAllow', '192.0.2.10'],
    ]);
    const offered = [...text.matchAll(/^#IPAddressAllow=(.*)$/gmu)].map(([, address]) => address);
    assert.deepEqual(offered.slice(0, 2), ['127.0.0.1', '::1'], 'this machine without its name server');
    assert.match(await readFile(join(root, 'docs/trust.md'), 'utf8'), new RegExp(dropIn.replaceAll('.', String.raw`\.`), 'u'));
  });

  test('systemd reads it, also with what is left out, and rates the unit as better confined', { timeout: 120_000 }, async (context) => {
    const analyzer = await ensureSystemdAnalyze();
    if ('skip' in analyzer) return context.skip(analyzer.skip);
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-unit-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'blitzbild.service');
    const text = (await readFile(join(root, dropIn), 'utf8')).replaceAll(/^#(?=IPAddress)/gmu, '');
    const whole = source.replaceAll('/opt/blitzbild', root);
    const exposure = async (unit: string): Promise<number> => {
      await writeFile(path, unit);
      assert.deepEqual(await analyzer.run(['verify', path]), { status: 0, output: '' });
      const { output } = await analyzer.run(['security', '--offline=true', path]);
      return Number(/Overall exposure level[^:]*: ([\d.]+)/u.exec(output)?.[1]);
    };
    const [open, closed] = [await exposure(whole), await exposure(`${whole}\n${text}`)];
    if (Number.isNaN(open)) return context.skip('this systemd-analyze is too old to rate a file (systemd 250 can)');
    assert.ok(closed < open, `${closed} and ${open}`);
    return undefined;
  });
});
