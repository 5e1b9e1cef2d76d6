/** Brings exiftool, the independent reader that tells whether other programs see our marks. */
import { execFileSync, spawnSync } from 'node:child_process';

export type Exiftool = { readonly available: true } | { readonly available: false; readonly reason: string };

const reader = 'exiftool';
const installer = 'apt-get';

const isThere = (): boolean => spawnSync(reader, ['-ver'], { stdio: 'ignore' }).status === 0;

/** Installs Debian's `libimage-exiftool-perl` where this process may; otherwise says why not. Meant for the test launcher. */
export const ensureExiftool = (): Exiftool => {
  if (isThere()) return { available: true };
  if (process.platform !== 'linux' || spawnSync(installer, ['--version'], { stdio: 'ignore' }).status !== 0)
    return { available: false, reason: 'exiftool is not installed and this machine has no apt-get' };
  if (process.getuid?.() !== 0)
    return { available: false, reason: 'exiftool is not installed and only root may install it (apt-get install libimage-exiftool-perl)' };
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = (): boolean =>
    spawnSync(installer, ['install', '-y', '--no-install-recommends', 'libimage-exiftool-perl'], { stdio: 'ignore', env: environment })
      .status === 0;
  if (!install()) {
    spawnSync(installer, ['update'], { stdio: 'ignore', env: environment });
    install();
  }
  return isThere() ? { available: true } : { available: false, reason: 'apt-get could not install libimage-exiftool-perl' };
};

/** Why a test that needs exiftool can't run, or `false`. */
export const withoutExiftool: string | false = isThere() ? false : 'exiftool is not installed (libimage-exiftool-perl)';

/** All tags that exiftool finds, by `group:name`. */
export const readTags = (path: string): Readonly<Record<string, unknown>> => {
  const [tags] = JSON.parse(execFileSync(reader, ['-j', '-G0', '-n', '-validate', '-warning', '-a', path], { encoding: 'utf8' }));
  const [rest] = JSON.parse(execFileSync(reader, ['-j', '-G1', '-n', path], { encoding: 'utf8' }));
  return { ...rest, ...tags };
};
