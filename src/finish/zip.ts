import { setImmediate } from 'node:timers/promises';
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import type { ZipEntry } from '#core/ports.ts';

/** The earliest date a ZIP can hold, in local time as it holds it: equal files give equal archives. */
const earliest = (): Date => new Date(1980, 0, 1);
/** Compressed already. */
const packed = /\.(png|jpe?g|zip)$/i;
/** What is worked on at once: about 2 ms of checksums, or 20 ms of compression. */
const partBytes = 1 << 20;

/** Folders; and what no key of an object can be. */
const notNames = ['.', '..', '__proto__'];

/**
 * One archive of all files, in this order; each is asked for when the one before is in, and other work is let through in between.
 * Rejects with a `TypeError` where two have the same name, or where a name would leave the folder it is unpacked into.
 */
export async function zipFiles(files: AsyncIterable<ZipEntry> | Iterable<ZipEntry>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const archive = new Zip((error, part) => {
    if (error !== null) throw error;
    parts.push(part);
  });
  const taken = new Set<string>();
  for await (const { name, bytes } of files) {
    if (!/^[^/\\\p{Cc}:]+$/u.test(name) || notNames.includes(name)) throw new TypeError(`${JSON.stringify(name)} is not a file name`);
    // Windows and macOS would unpack the second over the first.
    if (taken.has(name.toLowerCase())) throw new TypeError(`two files are called ${name}`);
    taken.add(name.toLowerCase());
    const entry = packed.test(name) ? new ZipPassThrough(name) : new ZipDeflate(name, { level: 6 });
    entry.mtime = earliest();
    archive.add(entry);
    for (let from = 0; from === 0 || from < bytes.length; from += partBytes) {
      const to = from + partBytes;
      entry.push(bytes.subarray(from, to), to >= bytes.length);
      await setImmediate();
    }
  }
  archive.end();
  return joined(parts);
}

async function joined(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
    if (part.length >= partBytes) await setImmediate();
  }
  return whole;
}
