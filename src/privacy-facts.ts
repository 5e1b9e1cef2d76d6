import type { Config } from '#src/config.ts';
import type { PrivacyFacts } from '#core/privacy-port.ts';
import type { Catalogue } from '#src/weights/catalogue.ts';

/** The hosts that the configuration names; the running program connects to no others. */
export const privacyFacts = ({ matrix, mattermost }: Config, catalogue: Pick<Catalogue, 'fingerprint'>): PrivacyFacts => ({
  servers: [
    ...(matrix === undefined ? [] : [{ platform: 'matrix', address: originOf(matrix.homeserverUrl) } as const]),
    ...(mattermost === undefined ? [] : [{ platform: 'mattermost', address: originOf(mattermost.serverUrl) } as const]),
  ],
  modelHash: (name) => catalogue.fingerprint(name),
});

const originOf = (address: string): string => new URL(address).origin;
