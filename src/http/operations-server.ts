/**
 * What a service manager, a container engine and Prometheus ask the program. It runs beside the local room, on a port of its own and on
 * loopback where nobody said otherwise, and it only tells: nothing can be changed here.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /healthz` | 200 `{ ok: true }` for as long as the process answers |
 * | `GET /readyz` | `Readiness`: 200 where people are served, else 503 with a reason for each check that fails |
 * | `GET /metrics` | numbers for Prometheus, without names of people, rooms or prompts |
 */
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Log } from '#src/app/log-port.ts';
import type { Check, Meter } from '#core/operations-port.ts';
import { registerGauges, type GaugeSources } from './gauges.ts';
import { PrometheusMeter } from './meter.ts';
import { readiness } from './readiness.ts';

/** Dozens of numbers about Node's insides that no operator of a bot needs. */
const DETAILS = /^nodejs_(active_|heap_space_|external_|gc_|eventloop_lag_(min|mean|stddev|p50|p90|seconds))/;

export type OperationsOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
};

export class OperationsServer {
  readonly #options: OperationsOptions;
  readonly #register = new Registry();
  #server: Server | undefined;

  /** Counts what it is told from the first moment on. */
  readonly meter: Meter = new PrometheusMeter(this.#register);

  constructor(options: OperationsOptions) {
    this.#options = options;
    collectDefaultMetrics({ register: this.#register });
    for (const { name } of this.#register.getMetricsAsArray()) if (DETAILS.test(name)) this.#register.removeSingleMetric(name);
  }

  /** Rejects with the system's error where the port can't be had. Resolves with the port. */
  async listen(sources: GaugeSources & { readonly checks: readonly Check[] }): Promise<number> {
    const { host, port } = this.#options;
    const server = createAdaptorServer({ fetch: this.#routes(sources).fetch }) as Server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(port, host, resolve);
    await promise;
    server.off('error', reject);
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#register.clear();
    if (server === undefined) return;
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  }

  #routes(sources: GaugeSources & { readonly checks: readonly Check[] }): Hono {
    const { log } = this.#options;
    const failed = (error: unknown): void => log.warn({ err: error }, 'Some numbers could not be looked up');
    const ready = readiness(sources.checks);
    const refresh = registerGauges(this.#register, sources, ready, failed);
    const app = new Hono();
    app.use(async (context, next) => {
      await next();
      context.header('Cache-Control', 'no-store');
      context.header('X-Content-Type-Options', 'nosniff');
    });
    app.get('/healthz', (context) => context.json({ ok: true }));
    app.get('/readyz', async (context) => {
      const answer = await ready();
      return context.json(answer, answer.ok ? 200 : 503);
    });
    app.get('/metrics', async (context) => {
      await refresh();
      return context.body(await this.#register.metrics(), 200, { 'Content-Type': this.#register.contentType });
    });
    app.notFound((context) => context.text('This address has /healthz, /readyz and /metrics.\n', 404));
    app.onError((error, context) => {
      log.error({ err: error }, 'A request for health or numbers failed');
      return context.text('This failed; the log says why.\n', 500);
    });
    return app;
  }
}
