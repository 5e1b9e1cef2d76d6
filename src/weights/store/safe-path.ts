/** Names of files come from a server; here they are held to what is safe below one folder on every system. */
import { ModelStoreError } from '#src/weights/store/store-error.ts';

const longest = 200;
/** Source: Microsoft, «Naming Files, Paths, and Namespaces». */
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
// eslint-disable-next-line no-control-regex -- finding control characters is the point
const forbidden = /[\u0000-\u001f\u007f<>:"|?*\\]/;

/** Why `path` must not become a file, or `undefined`. Relative, with `/`; nothing that a system would read in another way. */
export function whyUnsafe(path: string): string | undefined {
  if (path === '' || path.length > longest) return `has ${path.length} characters`;
  if (path.startsWith('/')) return 'is absolute';
  if (/^[a-z]:/i.test(path)) return 'names a drive';
  if (forbidden.test(path)) return 'has a character that no file name may have';
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'leaves its folder';
    if (part.startsWith('.')) return 'is hidden';
    if (reserved.test(part)) return 'is a name that Windows keeps for itself';
    if (/[. ]$/.test(part)) return 'ends with a dot or a space';
  }
  return undefined;
}

/**
 * Refuses the first unsafe path, and two that are one file where upper and lower case are the same.
 * @throws ModelStoreError `unsafe_path`
 */
export function checkPaths(paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const reason = whyUnsafe(path);
    if (reason !== undefined) throw unsafe(`the file name «${printable(path)}» ${reason}`);
    const folded = path.normalize('NFC').toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined) throw unsafe(`«${printable(path)}» and «${printable(other)}» are one file on many systems`);
    seen.set(folded, path);
  }
}

const unsafe = (what: string): ModelStoreError =>
  new ModelStoreError('unsafe_path', `Nothing was downloaded: ${what}. Take the model from another repository.`);

// eslint-disable-next-line no-control-regex -- finding control characters is the point
const printable = (path: string): string => path.slice(0, 120).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/g, '?');
