/**
 * The files of the page, read once: its TypeScript is served as JavaScript by removing the types, so there is no build.
 * Only names found in the folder are known, a path from a request is never joined to anything.
 */
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';

export type PageFile = { readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string; readonly etag: string };

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  ts: 'text/javascript; charset=utf-8',
  webmanifest: 'application/manifest+json',
};

const folder = new URL('page/', import.meta.url);

/** Every servable file by its name, `blurhash.js` from its package among them. */
export async function loadPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.d.ts') && contentTypes[extension(name)] !== undefined);
  const own = names.map(async (name) => {
    const text = await readFile(new URL(name, folder), 'utf8');
    return [name, pageFile(name.endsWith('.ts') ? withoutTypes(text) : text, contentTypes[extension(name)] ?? '')] as const;
  });
  const blurhash = readFile(fileURLToPath(import.meta.resolve('blurhash')).replace(/index\.m?js$/u, 'index.mjs'), 'utf8');
  return new Map([...(await Promise.all(own)), ['blurhash.js', pageFile(await blurhash, contentTypes['ts'] ?? '')] as const]);
}

const extension = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

function pageFile(text: string, contentType: string): PageFile {
  const bytes = new TextEncoder().encode(text);
  return { bytes, contentType, etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"` };
}

/** `stripTypeScriptTypes` without its warning: Node calls it experimental, running our own `.ts` files rests on the same code. */
function withoutTypes(source: string): string {
  const emitWarning = Reflect.get(process, 'emitWarning');
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('stripTypeScriptTypes')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
