/** Debian's Chromium, driven by playwright-core (which brings no browser of its own). */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';

import { chromium, type Browser } from 'playwright-core';

const run = promisify(execFile);

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Inter for letters, Noto for emoji: a bare machine has neither. */
const packages = ['chromium', 'fonts-inter', 'fonts-noto-color-emoji'];

export type ChromiumAnswer = { readonly path: string } | { readonly reason: string };

export async function findChromium(): Promise<ChromiumAnswer> {
  for (const path of [process.env['CHROMIUM_PATH'] ?? '', ...places]) {
    if (path !== '' && (await canRun(path))) return { path };
  }
  return { reason: 'there is no Chromium: install the Debian package chromium, or run the tests once as root with apt-get' };
}

/** Installs Chromium where this process may (root on Debian), else says why there is none. */
export async function ensureChromium(): Promise<ChromiumAnswer> {
  const found = await findChromium();
  if ('path' in found || process.getuid?.() !== 0 || !(await canRun('/usr/bin/apt-get'))) return found;
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-qq'], { env: environment, timeout: 300_000 });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env: environment, timeout: 600_000 });
  } catch {
    return { reason: 'there is no Chromium, and apt-get could not install it (is the network there?)' };
  }
  return findChromium();
}

export async function launchChromium(path: string): Promise<Browser> {
  return chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

const canRun = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
