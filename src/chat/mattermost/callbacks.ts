/**
 * Where a Mattermost server reaches the bot, for buttons and slash commands. It listens on loopback unless somebody said otherwise, behind a
 * proxy that speaks HTTPS.
 *
 * | request | is | answer |
 * | --- | --- | --- |
 * | `POST /buttons` | a button that was pressed, JSON; proved by the context that the bot signed | 200 `{ ephemeral_text? }` |
 * | `POST /command` | a slash command, a form; proved by its token | 200 `{ text? }` |
 *
 * The server makes nothing of any status but 200, waits for 30 s, and does not repeat a call. Source: app/integration_action.go
 * `DoActionRequest`, app/command.go `DoCommandRequest`.
 */
import { createAdaptorServer } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { reason, type Log } from '../common/log.ts';
import { parsedJson } from '../common/exchange.ts';
import { buttonsPath } from './buttons.ts';
import type { Presses } from './presses.ts';
import { SetupError } from './server-error.ts';
import type { SlashCommand } from './slash-command.ts';

/** Below the configured address. */
export const commandPath = '/command';

/** A press is small; the longest message, in a form, has 16,383 characters of 4 bytes, each of which is 3 there. */
const mostButtonBytes = 64 * 1024;
const mostCommandBytes = 256 * 1024;
/** Of the 30 s that the server waits. */
const deadlineMs = 25_000;
const serverOptions = { requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 5_000 };
const mostConnections = 200;

export type CallbacksOptions = {
  readonly host: string;
  readonly port: number;
  /** As the server reaches it, without a trailing slash; a proxy may pass its path on. */
  readonly url: string;
  readonly presses: Pick<Presses, 'answer'>;
  /** Absent where no token of a slash command is configured. */
  readonly command?: Pick<SlashCommand, 'answer'> | undefined;
  /** Until then calls are taken and wait. At once where absent. */
  readonly ready?: Promise<void> | undefined;
  readonly log: Log;
};

export class Callbacks {
  readonly #options: CallbacksOptions;
  readonly #closing = new AbortController();
  #server: Server | undefined;

  constructor(options: CallbacksOptions) {
    this.#options = options;
  }

  /** Resolves with the port. Rejects with a `SetupError` where it can't be had. */
  async listen(): Promise<number> {
    const { host, port } = this.#options;
    const server = createAdaptorServer({ fetch: this.#routes().fetch, serverOptions }) as Server;
    server.maxConnections = mostConnections;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(port, host.replace(/^\[(.+)\]$/u, '$1'), resolve);
    try {
      await promise;
    } catch (error) {
      const failure = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      throw new SetupError(
        `the bot can't listen on ${host}:${port} for the buttons of Mattermost (${failure}); choose another address with MATTERMOST_CALLBACK_HOST and MATTERMOST_CALLBACK_PORT`,
      );
    }
    server.off('error', reject);
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  }

  #routes(): Hono {
    const { url, presses, command, log } = this.#options;
    const app = new Hono();
    app.use(async (context, next) => {
      await next();
      context.header('Cache-Control', 'no-store');
      context.header('X-Content-Type-Options', 'nosniff');
    });
    // A proxy passes the path of the address on, or takes it away.
    for (const path of new Set(['', new URL(url).pathname.replace(/\/+$/, '')])) {
      app.post(`${path}${buttonsPath}`, bodyLimit({ maxSize: mostButtonBytes, onError: tooLarge }), async (context) => {
        const body = parsedJson(await context.req.text());
        if (body === undefined) return empty(context, 400);
        const sentence = await presses.answer(body, await this.#deadline());
        return context.json(sentence === undefined ? {} : { ephemeral_text: sentence, skip_slack_parsing: true });
      });
      if (command === undefined) continue;
      app.post(`${path}${commandPath}`, bodyLimit({ maxSize: mostCommandBytes, onError: tooLarge }), async (context) => {
        const form = new URLSearchParams(await context.req.text());
        const sentence = await command.answer(form, await this.#deadline());
        return context.json(sentence === undefined ? {} : { response_type: 'ephemeral', text: sentence, skip_slack_parsing: true });
      });
    }
    app.notFound((context) => empty(context, 404));
    app.onError((error, context) => {
      // Whoever hung up half-way, or sends what is no request, is not worth more than this.
      log.warn({ reason: reason(error) }, 'A call to the address for buttons failed');
      return empty(context, 500);
    });
    return app;
  }

  /** Of a call that comes now, once it may be answered; aborted where that took too long. */
  async #deadline(): Promise<AbortSignal> {
    const deadline = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(deadlineMs)]);
    const late = Promise.withResolvers<void>();
    const resolve = (): void => late.resolve();
    if (deadline.aborted) return deadline;
    deadline.addEventListener('abort', resolve, { once: true });
    await Promise.race([this.#options.ready, late.promise]);
    deadline.removeEventListener('abort', resolve);
    return deadline;
  }
}

const empty = (context: Context, status: 400 | 404 | 413 | 500): Response => context.body(null, status);

const tooLarge = (context: Context): Response => empty(context, 413);
