/**
 * Loaded into the measured program before it (`node --import`): answers `measure` with what its event loop and its
 * memory were like since the last one. It changes nothing else there.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export type LoopReport = { readonly p99Ms: number; readonly maxMs: number };

const RESOLUTION_MS = 5;

// The engine's child has a channel as well, but is started without this file.
if (process.send !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  process.on('message', (message) => {
    if (message !== 'measure') return;
    const report: LoopReport = { p99Ms: histogram.percentile(99) / 1e6, maxMs: histogram.max / 1e6 };
    process.send?.(report);
    histogram.reset();
  });
  process.channel?.unref();
}
