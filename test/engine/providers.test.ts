import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { providerFolder } from '#src/engine/cuda.ts';
import { candidates } from '#src/engine/providers.ts';
import { findVulkanDrivers } from '#src/engine/vulkan.ts';

let root: string;
const place = (name: string): string => join(root, 'share/vulkan/icd.d', name);
const drivers = (...names: string[]) => ({ VK_DRIVER_FILES: names.map(place).join(':') });

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'blitzbild-vulkan-'));
  await mkdir(join(root, 'share/vulkan/icd.d'), { recursive: true });
  const manifests = {
    'lvp_icd.x86_64.json': '/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so',
    'vk_swiftshader_icd.json': './libvk_swiftshader.so',
    'renamed.json': '/opt/libvulkan_lvp.so',
    'radeon_icd.x86_64.json': '/usr/lib/x86_64-linux-gnu/libvulkan_radeon.so',
    'nvidia_icd.json': 'libGLX_nvidia.so.0',
  };
  for (const [name, library] of Object.entries(manifests))
    await writeFile(place(name), JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.4.0' } }));
  await writeFile(place('broken.json'), '{');
  await writeFile(place('readme.txt'), 'not a manifest');
});
after(() => rm(root, { recursive: true }));

test('drivers are found in the folders of the loader and told apart by name and by library', () => {
  const found = findVulkanDrivers({ XDG_DATA_DIRS: join(root, 'share'), HOME: root, XDG_CONFIG_DIRS: root });
  const here = (paths: readonly string[]): string[] => paths.filter((path) => path.startsWith(root)).toSorted();
  assert.deepEqual(here(found.hardware), [place('nvidia_icd.json'), place('radeon_icd.x86_64.json')]);
  assert.deepEqual(here(found.software), [place('lvp_icd.x86_64.json'), place('renamed.json'), place('vk_swiftshader_icd.json')]);
});

test('an explicit list replaces the folders, also by its older name and with folders in it', () => {
  assert.deepEqual(findVulkanDrivers(drivers('nvidia_icd.json')), { hardware: [place('nvidia_icd.json')], software: [] });
  assert.deepEqual(findVulkanDrivers({ VK_ICD_FILENAMES: place('lvp_icd.x86_64.json') }).software, [place('lvp_icd.x86_64.json')]);
  assert.equal(findVulkanDrivers({ VK_DRIVER_FILES: join(root, 'share/vulkan/icd.d') }).hardware.length, 2);
  assert.deepEqual(findVulkanDrivers(drivers('missing.json', 'broken.json')), { hardware: [], software: [] });
});

test('webgpu is left out without a driver and with software drivers only', () => {
  const reason = (environment: Record<string, string>) =>
    candidates(['webgpu', 'cpu'], { platform: 'linux-x64', environment }).map((candidate) =>
      'reason' in candidate ? candidate.reason : 'try',
    );
  assert.deepEqual(reason(drivers('missing.json')), ['no Vulkan driver is installed', 'try']);
  const [why, cpu] = reason(drivers('lvp_icd.x86_64.json', 'vk_swiftshader_icd.json'));
  assert.match(why ?? '', /software one.*name webgpu alone/);
  assert.equal(cpu, 'try');
});

test('beside hardware drivers the software ones are hidden from the loader', () => {
  const environment = drivers('lvp_icd.x86_64.json', 'radeon_icd.x86_64.json');
  const [webgpu] = candidates(['webgpu', 'cpu'], { platform: 'linux-x64', environment });
  const only = place('radeon_icd.x86_64.json');
  assert.deepEqual(webgpu, { provider: 'webgpu', environment: { VK_DRIVER_FILES: only, VK_ICD_FILENAMES: only } });
});

test('webgpu alone is asked for by name: a software driver may serve', () => {
  const [webgpu] = candidates(['webgpu'], { platform: 'linux-x64', environment: drivers('lvp_icd.x86_64.json') });
  assert.deepEqual(webgpu, { provider: 'webgpu', environment: {} });
});

test('providers of other systems are left out with that reason, doubles once', () => {
  const found = candidates(['dml', 'coreml', 'cpu', 'cpu'], { platform: 'linux-x64', environment: {} });
  assert.deepEqual(found, [
    { provider: 'dml', reason: 'does not exist on linux-x64' },
    { provider: 'coreml', reason: 'does not exist on linux-x64' },
    { provider: 'cpu', environment: {} },
  ]);
});

test('cuda is left out where its libraries are not installed, with what installs them', async () => {
  const cuda = (libraries: string | undefined) => candidates(['cuda'], { platform: 'linux-x64', environment: {}, libraries })[0];
  assert.match(JSON.stringify(cuda(root)), /not installed; ONNXRUNTIME_NODE_INSTALL=cuda12/);
  await writeFile(join(root, 'libonnxruntime_providers_cuda.so'), '');
  assert.deepEqual(cuda(root), { provider: 'cuda', environment: {} });
  assert.deepEqual(cuda(undefined), { provider: 'cuda', environment: {} });
});

test("the folder of onnxruntime's libraries is found in the package", () => {
  const folder = providerFolder(`${process.platform}-${process.arch}`);
  assert.ok(folder !== undefined && existsSync(join(folder, 'onnxruntime_binding.node')), folder);
  assert.equal(providerFolder('plan9-x64'), undefined);
});
