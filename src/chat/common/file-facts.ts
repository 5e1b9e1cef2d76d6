/** What servers say of a file, made fit for showing; all of it comes from whoever uploaded the file. */
import type { AttachmentInfo } from '#core/incoming.ts';

const longestName = 200;

export function fileFacts(name: string, mimeType: string | undefined, bytes: number | undefined): AttachmentInfo {
  return {
    name: cleanName(name),
    ...(mimeType !== undefined && /^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(mimeType) ? { mimeType } : {}),
    ...(bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0 ? { bytes } : {}),
  };
}

/** A name for showing: no folders, no control or invisible characters. */
function cleanName(name: string): string {
  const last = name.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const shown = last.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  return [...shown].slice(0, longestName).join('') || 'file';
}

/** For explanations. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e5 ? 3 : 1)} MB`;
