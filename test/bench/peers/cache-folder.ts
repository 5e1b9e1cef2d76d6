import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the environment and the models of the bench against peers lie: gigabytes, made once, outside of the repository. */
export const peersCache = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment['BLITZBILD_BENCH_CACHE'] ?? join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'blitzbild', 'bench-peers');
