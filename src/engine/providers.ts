/** Which execution providers are worth an attempt on this machine. The attempt itself is a child with a warm-up run. */
import { missingCuda } from '#src/engine/cuda.ts';
import type { Environment, VulkanDrivers } from '#src/engine/vulkan.ts';
import { findVulkanDrivers, onlyDrivers } from '#src/engine/vulkan.ts';

export const providerNames = ['cuda', 'webgpu', 'cpu', 'dml', 'coreml'] as const;
export type ProviderName = (typeof providerNames)[number];

export const defaultProviders: readonly ProviderName[] = ['cuda', 'webgpu', 'cpu'];

/** onnxruntime drops names that its build doesn't have with a mere warning, so they are never handed to it. */
const platformsOf: Readonly<Partial<Record<ProviderName, readonly string[]>>> = {
  cuda: ['linux-x64', 'linux-arm64', 'win32-x64'],
  dml: ['win32-x64', 'win32-arm64'],
  coreml: ['darwin-x64', 'darwin-arm64'],
};

export type Candidate =
  | { readonly provider: ProviderName; readonly environment: Readonly<Record<string, string>> }
  | { readonly provider: ProviderName; readonly reason: string };

type Machine = {
  /** Such as `linux-x64`. */
  readonly platform: string;
  readonly environment: Environment;
  /** Folder of onnxruntime's provider libraries; `undefined` where it is not known. */
  readonly libraries?: string | undefined;
};

/**
 * The providers in the given order, each with what its child's environment needs on top, or with the reason why it is
 * left out. `webgpu` alone in the list counts as asked for by name and may then run on a software Vulkan driver.
 */
export const candidates = (order: readonly ProviderName[], { platform, environment, libraries }: Machine): readonly Candidate[] =>
  [...new Set(order)].map((provider): Candidate => {
    const platforms = platformsOf[provider];
    if (platforms && !platforms.includes(platform)) return { provider, reason: `does not exist on ${platform}` };
    if (provider === 'cuda' && platform.startsWith('linux')) {
      const reason = missingCuda(libraries);
      if (reason !== undefined) return { provider, reason };
    }
    if (provider !== 'webgpu' || !platform.startsWith('linux') || order.length === 1) return { provider, environment: {} };
    return { provider, ...withHardwareOnly(findVulkanDrivers(environment)) };
  });

/**
 * A machine may have software and hardware drivers installed and no graphics device at all. So the software ones are not
 * only looked for but hidden from the loader: what WebGPU then finds is real hardware or nothing.
 */
const withHardwareOnly = ({ hardware, software }: VulkanDrivers): { environment: Record<string, string> } | { reason: string } => {
  if (hardware.length > 0) return { environment: onlyDrivers(hardware) };
  if (software.length === 0) return { reason: 'no Vulkan driver is installed' };
  return { reason: 'the only Vulkan driver is a software one, which is slower than cpu; name webgpu alone to use it all the same' };
};
