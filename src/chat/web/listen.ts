/** Opens the port, or explains why that is not possible. */
import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Language } from '#core/types.ts';
import { listenFailure } from './texts.ts';

/** The room's address is taken, forbidden or unknown; `message` is a sentence for people. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export type Listening = { readonly server: Server; readonly port: number };

export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  options: { readonly host: string; readonly port: number; readonly language: Language },
): Promise<Listening> {
  const server = createAdaptorServer({ fetch }) as Server;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port, options.host.replace(/^\[(.+)\]$/u, '$1'), resolve);
  try {
    await promise;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    throw new ListenError(listenFailure(options.language, code, options.host, options.port), { cause: error });
  }
  server.off('error', reject);
  return { server, port: (server.address() as AddressInfo).port };
}
