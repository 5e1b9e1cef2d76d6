/** What kinds of files the room knows: told by their first bytes where that is possible, by their name where it is not. */
import type { FileExtension } from '#core/ports.ts';

export const mimeTypes: Readonly<Record<FileExtension, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  zip: 'application/zip',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  yaml: 'application/yaml',
  bin: 'application/octet-stream',
};

/** Kinds that a browser shows as a picture; every other one is only ever downloaded. */
const shown: readonly string[] = ['png', 'jpg', 'webp', 'gif'] satisfies readonly FileExtension[];

export const isShownKind = (extension: string): boolean => shown.includes(extension);

/** What a file of this kind begins with; `undefined` stands for any byte. */
const signatures: readonly (readonly [FileExtension, readonly (number | undefined)[]])[] = [
  ['png', [0x89, ...codes('PNG'), 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpg', [0xff, 0xd8, 0xff]],
  ['gif', codes('GIF8')],
  ['webp', [...codes('RIFF'), undefined, undefined, undefined, undefined, ...codes('WEBP')]],
  ['zip', [...codes('PK'), 3, 4]],
];

/** Whoever names a program `fox.png` gets it stored, and served, as bytes of no known kind. */
export function kindOf(bytes: Uint8Array, name: string): FileExtension {
  const found = signatures.find(([, signature]) => signature.every((code, index) => code === undefined || code === bytes[index]));
  if (found !== undefined) return found[0];
  const ending = /\.(csv|json|ya?ml)$/iu.exec(name)?.[1]?.toLowerCase();
  return ending === 'csv' || ending === 'json' ? ending : ending === undefined ? 'bin' : 'yaml';
}

function codes(text: string): readonly number[] {
  return Array.from(text, (sign) => sign.charCodeAt(0));
}

const longestName = 120;

/** A file's name without folders and without characters that hide what it is; `file` where nothing is left. */
export function shownFileName(typed: string): string {
  const visible = typed
    .toWellFormed()
    .normalize('NFC')
    .replace(/^.*[/\\]/su, '')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim();
  const characters = [...visible];
  if (characters.length <= longestName) return visible === '' ? 'file' : visible;
  // The ending says what it is.
  const ending = /\.\w{1,8}$/u.exec(visible)?.[0] ?? '';
  return characters.slice(0, longestName - ending.length).join('') + ending;
}

/** RFC 6266: a plain name for old programs, the exact one for the others. */
export function contentDisposition(name: string): string {
  const plain = name.replace(/[^\w .()-]/gu, '_');
  const exact = encodeURIComponent(name).replace(/['()*]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
