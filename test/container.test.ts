/**
 * The container without a container engine: a linter reads the Dockerfile, and its steps are carried out one by one in a
 * clean folder that stands for the image, up to a picture. Not carried out: pulling the base image, and installing its
 * Debian packages, which is only simulated (they bring fonts).
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { programFlags } from '#src/node-flags.mjs';
import { assignments, execForm, isInContext, parseDockerfile, type Instruction, type Stage } from './container/dockerfile.ts';
import { patienceMs, Program } from './e2e/program/program.ts';
import { RoomClient } from './e2e/program/room-client.ts';
import { ensureHadolint } from './container/hadolint.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
const dockerignore = await readFile(join(root, '.dockerignore'), 'utf8');
const stages = parseDockerfile(dockerfile);
const image = stages.at(-1) ?? assert.fail('The Dockerfile has no stage.');
/** The only instruction of this keyword in the image. */
const only = (keyword: string): Instruction => {
  const found = image.instructions.filter((instruction) => instruction.keyword === keyword);
  assert.equal(found.length, 1, `${keyword} once`);
  return found[0]!;
};
const environment = assignments(only('ENV').text);

describe('the Dockerfile', () => {
  test('hadolint finds nothing', async (context) => {
    const setup = await ensureHadolint();
    if ('skip' in setup) return context.skip(`hadolint could not be installed here (${setup.skip})`);
    const { stdout } = await run(setup.hadolint, ['--no-color', '--no-fail', '--format', 'json', join(root, 'Dockerfile')]);
    assert.deepEqual(JSON.parse(stdout), []);
    return undefined;
  });

  test('every file that it copies is in the build context, and nothing private is', () => {
    for (const { flags, text } of stages.flatMap((stage) => stage.instructions).filter(({ keyword }) => keyword === 'COPY')) {
      if (flags['from'] !== undefined) continue;
      for (const source of text.split(/\s+/).slice(0, -1)) {
        assert.ok(existsSync(join(root, source)), source);
        assert.ok(isInContext(source, dockerignore), `${source} is kept out by .dockerignore`);
      }
    }
    for (const privatePath of ['.env', 'data/blitzbild.sqlite', 'matrix-token', '.git/config', 'node_modules/x', 'test/run.ts', '.cache/x'])
      assert.ok(!isInContext(privatePath, dockerignore), privatePath);
  });

  test('Node runs the program with the flags of the launcher', () => {
    assert.deepEqual(execForm(only('CMD').text), ['node', ...programFlags, 'src/cli.ts', 'start']);
  });

  test('the Debian packages exist in these versions', async (context) => {
    const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
    const codename = /node:24-(\w+)-slim/.exec(image.image)?.[1] ?? '';
    if (!release.includes(`VERSION_CODENAME=${codename}`))
      return context.skip(`this machine is not Debian ${codename}, whose packages the image takes`);
    const [step] = image.instructions.filter(({ keyword, text }) => keyword === 'RUN' && text.includes('apt-get install'));
    const wanted =
      /apt-get install ([^&]*)/
        .exec(step?.text ?? '')?.[1]
        ?.trim()
        .split(/\s+/) ?? [];
    assert.ok(wanted.length > 2, 'packages are named');
    try {
      await run('apt-get', ['install', '--simulate', ...wanted]);
    } catch (error) {
      const { stderr } = error as { stderr: string };
      if (/Unable to locate package/.test(stderr)) return context.skip('this machine has no package lists (apt-get update brings them)');
      throw error;
    }
    return undefined;
  });

  test('it runs as a user without rights, signals reach the program, and what it says about itself agrees', () => {
    assert.equal(image.instructions.at(-1)?.keyword, 'CMD');
    assert.ok(image.instructions.indexOf(only('USER')) > image.instructions.findLastIndex(({ keyword }) => keyword === 'RUN'));
    assert.match(only('USER').text, /^[1-9]\d*:[1-9]\d*$/);
    assert.equal(execForm(only('CMD').text)[0], 'node', 'no shell in between');
    assert.equal(only('VOLUME').text, environment['BLITZBILD_DATA']);
    assert.equal(only('EXPOSE').text, `${environment['BLITZBILD_PORT']} ${environment['BLITZBILD_OPERATIONS_PORT']}`);
    assert.ok(stages.every((stage) => /^node:24\S+$/.test(stage.image)));
  });
});

describe('its steps in a clean folder', { skip: withoutUnix(), concurrency: 1, timeout: 280_000 }, () => {
  const token = 'a-long-word-that-nobody-guesses';
  let folder = '';
  let app = '';
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

  test('build', async () => {
    folder = await mkdtemp(join(tmpdir(), 'blitzbild-image-'));
    // The user of the image, who is not the one of this test, must get there.
    await chmod(folder, 0o755);
    const context = join(folder, 'context');
    await cp(root, context, { recursive: true, filter: (path) => isOnTheWay(relative(root, path)) });
    assert.deepEqual(
      (await readdir(context)).toSorted(),
      [...new Set(dockerignore.match(/(?<=^!)[^/\n]+/gm))].toSorted(),
      'the context and nothing else',
    );
    for (const stage of stages) await build(stage, context);
    app = join(folder, image.name ?? 'image', 'app');
    assert.ok(existsSync(join(app, 'node_modules/onnxruntime-node')));
    const tooMuch = ['node_modules/typescript', 'node_modules/.bin/node', `node_modules/node-linux-${process.arch}`, 'test', '.env'];
    assert.deepEqual(
      tooMuch.filter((path) => existsSync(join(app, path))),
      [],
      'things that only development needs',
    );
    assert.deepEqual(
      await readdir(join(app, 'node_modules/onnxruntime-node/bin/napi-v6/linux')),
      [process.arch],
      'libraries of one platform',
    );
  });

  test('without a token it says so and ends', async () => {
    const child = await inside(execForm(only('CMD').text), {});
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, /BLITZBILD_TOKEN/);
  });

  test('it starts as somebody without rights, is healthy, draws a picture, and stops', async () => {
    const port = String(await freePort());
    const operations = String(await freePort());
    const settings = { BLITZBILD_TOKEN: token, BLITZBILD_PORT: port, BLITZBILD_OPERATIONS_PORT: operations, LOG_LEVEL: 'error' };
    const program = new Program(await inside(execForm(only('CMD').text), settings));
    try {
      await program.says(/Blitzbild is ready: .*\n/);
      assert.equal(program.url, `http://127.0.0.1:${port}`);
      assert.equal(await health(settings), 0);
      assert.equal((await fetch(`${program.url}/api/status`)).status, 401);
      const room = new RoomClient(program.url, token);
      const { images, endTypes } = await room.finished(await room.say('!img a red fox --seed 42'));
      assert.deepEqual(endTypes, ['done']);
      assert.ok((await room.image(images[0] ?? assert.fail('no picture'))).length > 1000);
    } finally {
      const { exitCode, tookMs } = await program.stop();
      assert.equal(exitCode, 0, program.stderr);
      assert.ok(tookMs < 10_000, `${tookMs} ms, and a container engine kills after 10 s`);
    }
    assert.equal(await health(settings), 1, 'and it is not healthy any more');
    assert.deepEqual(
      (await readdir(join(folder, 'data'))).filter((name) => /^(blitzbild\.sqlite|images)$/.test(name)),
      ['blitzbild.sqlite', 'images'],
    );
  });

  /** A folder of the repository that is in the context, or leads to one that is. */
  const isOnTheWay = (path: string): boolean =>
    path === '' || isInContext(path, dockerignore) || dockerignore.split('\n').some((line) => line.startsWith(`!${path}/`));

  const folderOf = (stage: Stage): string => join(folder, stage.name ?? 'image');

  /** Carries the instructions of a stage out; its folder stands for the root of its file system. */
  async function build(stage: Stage, context: string): Promise<void> {
    let workFolder = folderOf(stage);
    for (const { keyword, flags, text } of stage.instructions) {
      if (keyword === 'WORKDIR') {
        workFolder = join(folderOf(stage), text);
        await mkdir(workFolder, { recursive: true });
      } else if (keyword === 'COPY') await copy(text.split(/\s+/), flags['from'], workFolder, context);
      else if (keyword === 'RUN' && !text.includes('apt-get'))
        await run('sh', ['-c', text], { cwd: workFolder, env: buildEnvironment(), timeout: 250_000 });
    }
  }

  async function copy(paths: readonly string[], from: string | undefined, workFolder: string, context: string): Promise<void> {
    const target = paths.at(-1) ?? '';
    for (const source of paths.slice(0, -1)) {
      if (from === undefined) {
        // As Docker does it: a folder's content goes to the target, a file into it where it is a folder.
        const isFolder = statSync(join(context, source)).isDirectory();
        await cp(join(context, source), join(workFolder, target, isFolder ? '' : source), { recursive: true });
      } else {
        // The stage is not needed after this, so the large folder is moved.
        await rename(join(folder, from, source), join(workFolder, target));
      }
    }
  }

  async function inside(command: readonly string[], settings: Readonly<Record<string, string>>) {
    const node = join(folder, 'node');
    if (!existsSync(node)) await copyFile(process.execPath, node);
    await chmod(node, 0o755);
    const dataFolder = join(folder, 'data');
    await mkdir(dataFolder, { recursive: true });
    if (isRoot) await chown(dataFolder, nobody, nobody);
    assert.equal(command[0], 'node');
    return spawn(node, command.slice(1), {
      cwd: app,
      env: { PATH: process.env['PATH'], ...environment, BLITZBILD_DATA: dataFolder, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
    });
  }

  /** Exit code of the image's own health check. */
  async function health(settings: Readonly<Record<string, string>>): Promise<number | null> {
    const child = await inside(execForm(only('HEALTHCHECK').text), settings);
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    const [exitCode] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    return exitCode;
  }
});

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

function withoutUnix(): string | false {
  return process.platform === 'linux' ? false : 'the steps are those of a Linux image, and this is another system';
}

/** Node 24 first, as in the base image; npm without what an outer `npm test` tells its scripts. */
const buildEnvironment = (): Record<string, string | undefined> => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^npm_(?!config_(registry|cache|userconfig|globalconfig)$)|^NODE_|^INIT_CWD$/.test(key)),
  ),
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  npm_config_prefer_offline: 'true',
});
