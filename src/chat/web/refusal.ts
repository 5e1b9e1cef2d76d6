/** How the room says no: JSON for programs, a small page for a person who opened an address. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import type { Language } from '#core/types.ts';
import type { ApiError, ApiErrorCode } from './events.ts';
import { roomTexts } from './texts.ts';

export type RefusalStatus = 400 | 401 | 403 | 404 | 413 | 415 | 421 | 500 | 507;

/** `params` are put in the place of `{name}` in the sentence. */
export function refusal(
  context: Context,
  status: RefusalStatus,
  code: ApiErrorCode,
  params: Readonly<Record<string, number>> = {},
): Response | Promise<Response> {
  const language = preferredLanguage(context);
  const message = roomTexts[language][code].replace(/\{(\w+)\}/gu, (place, name: string) => String(params[name] ?? place));
  if (!context.req.path.startsWith('/api/') && (context.req.header('accept') ?? '').includes('text/html')) {
    return context.html(refusalPage(language, message), status);
  }
  return context.json({ error: { code, message } } satisfies ApiError, status);
}

const refusalPage = (language: Language, message: string) =>
  html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Blitzbild</title>
        <link rel="stylesheet" href="/page/refusal.css" />
      </head>
      <body>
        <main>
          <h1>Blitzbild</h1>
          <p>${message}</p>
        </main>
      </body>
    </html>`;

function preferredLanguage(context: Context): Language {
  const first = /^\s*([a-z]{2})/iu.exec(context.req.header('accept-language') ?? '')?.[1]?.toLowerCase();
  return first === 'de' || first === 'en' ? first : ((context.get('language') as Language | undefined) ?? 'en');
}
