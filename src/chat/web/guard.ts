/**
 * Who may talk to the room. It stands between a browser that also shows other people's web sites and a bot that acts,
 * so a request must name the room as its host (against DNS rebinding), come from the room's own page (against forged
 * requests) and, where the room is reachable from elsewhere, know the token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { refusal } from './refusal.ts';

export const tokenCookie = 'blitzbild_room';

const loopbackHosts: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** Addresses that nobody outside this machine reaches. */
export function isLoopback(host: string): boolean {
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/u.test(host) || host === 'localhost' || host === '::1' || host === '[::1]';
}

/** `[::1]:8090` → `[::1]`, `localhost:8090` → `localhost`; `undefined` for what is no host header. */
function hostName(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/iu.exec(header)?.[1]?.toLowerCase();
}

/**
 * Loopback names, the room's own host and the `allowedHosts` of the configuration. With a token and no such list any
 * name is allowed: a site that points its own name here holds no cookie for that name, so the token is the defence.
 * Ports are not compared, tunnels change them.
 */
export function hostGuard(host: string, withToken: boolean, allowedHosts: readonly string[]): MiddlewareHandler {
  const anyName = withToken && allowedHosts.length === 0;
  const allowed = new Set([
    ...loopbackHosts,
    host.includes(':') && !host.startsWith('[') ? `[${host}]` : host,
    ...allowedHosts.map((name) => hostName(name) ?? name),
  ]);
  return async (context, next) => {
    const name = hostName(context.req.header('host'));
    if (name === undefined || !(anyName || allowed.has(name))) return refusal(context, 421, 'bad_host');
    await next();
    return undefined;
  };
}

/** Refuses what a browser says comes from another site. Programs that are no browser send neither header. */
export const originGuard: MiddlewareHandler = async (context, next) => {
  const site = context.req.header('sec-fetch-site');
  const isNavigation = context.req.method === 'GET' && context.req.header('sec-fetch-mode') === 'navigate';
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation;
  const origin = context.req.header('origin');
  if (foreignSite || (origin !== undefined && !sameHost(origin, context.req.header('host')))) return refusal(context, 403, 'bad_origin');
  await next();
  return undefined;
};

function sameHost(origin: string, host: string | undefined): boolean {
  const url = URL.parse(origin);
  return url !== null && /^https?:$/u.test(url.protocol) && URL.parse(`${url.protocol}//${host}`)?.host === url.host;
}

/**
 * Lets in whoever brings the token: once in the address (`?token=`, exchanged for a cookie and removed from the
 * address), then in the cookie, or as `Authorization: Bearer` for programs.
 */
export function tokenGuard(token: string): MiddlewareHandler {
  // The cookie is not the token itself: what a browser stores can't be used to build an address to pass on.
  const cookieValue = createHash('sha256').update(`blitzbild room cookie ${token}`).digest('hex');
  return async (context, next) => {
    const inAddress = context.req.query('token');
    if (inAddress !== undefined && context.req.method === 'GET' && context.req.path === '/') {
      if (!sameSecret(inAddress, token)) return refusal(context, 401, 'unauthorised');
      setCookie(context, tokenCookie, cookieValue, {
        httpOnly: true,
        sameSite: 'Strict',
        path: '/',
        secure: forwardedProtocol(context) === 'https',
        maxAge: 60 * 60 * 24 * 90,
      });
      // A page, not a redirect: after a link from another site a SameSite=Strict cookie is not sent along a redirect.
      return context.html('<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Blitzbild</title>');
    }
    const bearer = /^Bearer (.+)$/u.exec(context.req.header('authorization') ?? '')?.[1];
    const knows = (bearer !== undefined && sameSecret(bearer, token)) || sameSecret(getCookie(context, tokenCookie) ?? '', cookieValue);
    if (!knows) return refusal(context, 401, 'unauthorised');
    await next();
    return undefined;
  };
}

const forwardedProtocol = (context: Context): string | undefined => context.req.header('x-forwarded-proto')?.split(',')[0]?.trim();

/** Compares in a time that tells nothing about where two secrets differ, nor about their length. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

export const securityHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  const headers = context.res.headers;
  headers.set('Content-Security-Policy', contentSecurityPolicy);
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('X-Frame-Options', 'DENY');
  headers.set('Referrer-Policy', 'no-referrer');
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  headers.set('Permissions-Policy', 'camera=(), microphone=(), geolocation=()');
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
};
