/**
 * Which Vulkan drivers WebGPU would find on Linux, read from the manifests the loader reads, without loading one.
 * Source: Vulkan-Loader, docs/LoaderDriverInterface.md («Driver Discovery on Linux»).
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute paths of manifests. */
export type VulkanDrivers = { readonly hardware: readonly string[]; readonly software: readonly string[] };

/** Drivers that compute on the CPU, some 60 times slower than the CPU provider itself. */
const softwareNames = /lvp|lavapipe|llvmpipe|swiftshader/i;

const manifest = z.object({ ICD: z.object({ library_path: z.string() }) });

export const findVulkanDrivers = (environment: Environment): VulkanDrivers => {
  const hardware: string[] = [];
  const software: string[] = [];
  for (const path of new Set(searchPlaces(environment).flatMap(manifestsAt))) {
    const library = readLibrary(path);
    if (library === undefined) continue;
    (softwareNames.test(basename(path)) || softwareNames.test(basename(library)) ? software : hardware).push(path);
  }
  return { hardware, software };
};

/** The environment under which the Vulkan loader sees these drivers and no other. */
export const onlyDrivers = (paths: readonly string[]): Record<string, string> => ({
  VK_DRIVER_FILES: paths.join(':'),
  // The older name, for loaders before 1.3.207.
  VK_ICD_FILENAMES: paths.join(':'),
});

const split = (list: string): readonly string[] => list.split(':').filter((entry) => entry !== '');

/** Files and folders in the loader's order; an explicit list replaces the usual folders. */
const searchPlaces = (environment: Environment): readonly string[] => {
  const named = environment['VK_DRIVER_FILES'] || environment['VK_ICD_FILENAMES'];
  if (named) return split(named);
  const home = environment['HOME'] || homedir();
  const roots = [
    environment['XDG_CONFIG_HOME'] || join(home, '.config'),
    ...split(environment['XDG_CONFIG_DIRS'] || '/etc/xdg'),
    '/etc',
    environment['XDG_DATA_HOME'] || join(home, '.local/share'),
    ...split(environment['XDG_DATA_DIRS'] || '/usr/local/share:/usr/share'),
  ];
  return [...split(environment['VK_ADD_DRIVER_FILES'] ?? ''), ...roots.map((root) => join(root, 'vulkan/icd.d'))];
};

const manifestsAt = (place: string): readonly string[] => {
  try {
    if (!statSync(place).isDirectory()) return [place];
    return readdirSync(place)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(place, name));
  } catch {
    return [];
  }
};

const readLibrary = (path: string): string | undefined => {
  try {
    return manifest.parse(JSON.parse(readFileSync(path, 'utf8'))).ICD.library_path;
  } catch {
    return undefined;
  }
};
