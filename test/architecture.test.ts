import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const files = globSync('src/**/*.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
const COMPOSITION_ROOTS = [
  'src/main.ts',
  'src/server-connection.ts',
  'src/matrix-connection.ts',
  'src/mattermost-connection.ts',
  'src/cli.ts',
  'src/engine/child-main.ts',
];

/** What each folder may import of ours; the composition roots may import everything. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'src/core/': ['src/core/'],
  'src/app/': ['src/core/', 'src/app/'],
  'src/chat/common/': ['src/core/', 'src/chat/common/'],
  'src/chat/matrix/': ['src/core/', 'src/chat/common/', 'src/chat/matrix/', 'src/app/log-port.ts'],
  'src/chat/mattermost/': ['src/core/', 'src/chat/common/', 'src/chat/mattermost/', 'src/app/log-port.ts'],
  'src/chat/web/page/': ['src/core/', 'src/chat/web/'],
  'src/chat/web/': ['src/core/', 'src/chat/web/', 'src/app/log-port.ts'],
  'src/chat/terminal/': ['src/core/', 'src/chat/terminal/', 'src/app/log-port.ts'],
  'src/engine/': ['src/core/', 'src/engine/', 'src/inference/', 'src/app/log-port.ts'],
  'src/inference/': ['src/inference/'],
  'src/finish/': ['src/core/', 'src/finish/'],
  'src/c2pa/': ['src/core/', 'src/c2pa/', 'src/private-file.ts'],
  'src/weights/': ['src/core/', 'src/weights/'],
  'src/store/': ['src/core/', 'src/store/'],
  'src/similarity/': ['src/core/', 'src/similarity/'],
  'src/http/': ['src/core/', 'src/http/', 'src/app/log-port.ts'],
  'src/styles/': ['src/core/', 'src/styles/'],
  'src/cli/': ['src/'],
  'src/docs/': ['src/'],
  'src/': ['src/'],
};

/** Each library has one owner. */
const owners: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-node': ['src/inference/session.ts'],
  '@huggingface/tokenizers': ['src/inference/'],
  'matrix-bot-sdk': ['src/chat/matrix/'],
  '@mattermost/client': ['src/chat/mattermost/'],
  '@mattermost/client/lib/websocket.js': ['src/chat/mattermost/event-stream.ts'],
  sharp: ['src/finish/'],
  fflate: ['src/finish/'],
  '@contentauth/c2pa-node': ['src/c2pa/reading/child.ts'],
  '@peculiar/x509': ['src/c2pa/keys/certificates.ts'],
  'reflect-metadata': ['src/c2pa/keys/certificates.ts'],
  'node:sqlite': ['src/store/', 'src/chat/matrix/crypto/'],
  '@matrix-org/matrix-sdk-crypto-wasm': ['src/chat/matrix/crypto/'],
  'fake-indexeddb': ['src/chat/matrix/crypto/'],
  'p-queue': ['src/app/job-runner.ts'],
  croner: ['src/app/schedules/'],
  hono: ['src/chat/web/', 'src/chat/mattermost/', 'src/http/'],
  '@hono/node-server': ['src/chat/web/', 'src/chat/mattermost/', 'src/http/'],
  'prom-client': ['src/http/'],
  dotenv: ['src/config.ts'],
  yaml: ['src/config.ts', 'src/styles/', 'src/cli/references/sidecar.ts'],
  'csv-parse/sync': ['src/styles/', 'src/cli/references/sidecar.ts'],
  'csv-stringify/sync': ['src/styles/'],
  pino: ['src/log.ts'],
};

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^\s*(?:import|export)\b[^'"`;]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}

/** Modules that are there as soon as this one is: no types alone, and nothing that is asked for later. */
function loadedBy(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^(?:import|export)\b(?! type\b)[^'"`;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

/** An own module as a path from the root, or `undefined` for a library. */
function ownPath(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#core/')) return specifier.replace('#core/', 'src/core/');
  if (specifier.startsWith('#src/')) return specifier.replace('#src/', 'src/');
  if (specifier.startsWith('.')) return join(from, '..', specifier).replaceAll('\\', '/');
  return undefined;
}

const ruleFor = (path: string): readonly string[] => {
  const folder = Object.keys(arrows)
    .filter((prefix) => path.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0];
  return arrows[folder ?? 'src/'] ?? [];
};

test('imports follow the arrows', () => {
  const wrong = files
    .filter((path) => !COMPOSITION_ROOTS.includes(path))
    .flatMap((path) =>
      importsOf(path)
        .map((specifier) => ownPath(path, specifier))
        .filter((target) => target !== undefined && !ruleFor(path).some((allowed) => target.startsWith(allowed)))
        .map((target) => `${path} imports ${target}`),
    );
  assert.deepEqual(wrong, []);
});

test('every library is imported by its owner alone', () => {
  const wrong = files.flatMap((path) =>
    importsOf(path)
      .filter((specifier) => owners[specifier] !== undefined && !owners[specifier].some((owner) => path.startsWith(owner)))
      .map((specifier) => `${path} imports ${specifier}`),
  );
  assert.deepEqual(wrong, []);
});

test('the check itself sees imports', () => {
  assert.ok(files.length > 40, `${files.length} files`);
  assert.ok(importsOf('src/store/database.ts').includes('node:sqlite'));
  assert.equal(ownPath('src/engine/a.ts', '../inference/b.ts'), 'src/inference/b.ts');
});

test('what talks to a server is loaded where one is configured, and nowhere else', () => {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const specifier of loadedBy(path)) {
      const target = ownPath(path, specifier);
      if (target !== undefined && files.includes(target)) visit(target);
    }
  };
  visit('src/main.ts');
  assert.ok(seen.has('src/app/bot.ts') && seen.has('src/chat/web/local-room.ts'), 'the check sees imports');
  assert.deepEqual(
    [...seen].filter((path) => /^src\/chat\/(matrix|mattermost)\//.test(path)),
    [],
  );
});

test('core has no clock, no chance and no input or output', () => {
  const impure = files
    .filter((path) => path.startsWith('src/core/'))
    .filter((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return /\bDate\.now\(|\bnew Date\(\)|Math\.random\(|\bprocess\.\w|\bsetTimeout\(|\bfetch\(|from 'node:/.test(text);
    });
  assert.deepEqual(impure, []);
});

test('only the configuration reads the environment', () => {
  // What is set there for a library is not read.
  const readers = files.filter(
    (path) => /process\.env(?!\['\w+'\] = )/.test(readFileSync(join(root, path), 'utf8')) && !path.startsWith('src/engine/'),
  );
  assert.deepEqual(readers, ['src/config.ts']);
});
