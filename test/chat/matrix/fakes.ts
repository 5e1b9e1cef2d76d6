import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FileExtension, ImageStore, PlatformMemory } from '#core/ports.ts';
import { imageKey, type ImageKey, type StoredImage } from '#core/types.ts';
import type { OpenedStore } from '#src/chat/matrix/crypto/open-machine.ts';
import { openCryptoStore } from '#src/chat/matrix/crypto/store.ts';
import type { Log } from '#src/chat/common/log.ts';
import type { MatrixOptions } from '#src/chat/matrix/matrix-platform.ts';

/** A platform memory that outlives a restart, as a disk would. */
export class MemoryInTest implements PlatformMemory {
  readonly rows = new Map<string, string>();

  get(key: string): string | undefined {
    return this.rows.get(key);
  }

  set(key: string, value: string): void {
    this.rows.set(key, value);
  }

  delete(key: string): void {
    this.rows.delete(key);
  }

  entries(prefix: string): readonly (readonly [string, string])[] {
    return [...this.rows].filter(([key]) => key.startsWith(prefix)).toSorted(([one], [other]) => (one < other ? -1 : 1));
  }

  together(change: () => void): void {
    change();
  }
}

export class ImagesInTest implements ImageStore {
  readonly files = new Map<string, Uint8Array>();

  put(bytes: Uint8Array, extension: FileExtension): Promise<ImageKey> {
    const key = imageKey(`${createHash('sha256').update(bytes).digest('hex')}.${extension}`);
    this.files.set(key, bytes);
    return Promise.resolve(key);
  }

  read(key: ImageKey): Promise<Uint8Array> {
    const bytes = this.files.get(key);
    return bytes ? Promise.resolve(bytes) : Promise.reject(new Error(`no file ${key}`));
  }

  path(key: ImageKey): string {
    return `/nowhere/${key}`;
  }

  async store(png: Uint8Array, jpeg: Uint8Array, about: { readonly widthPx: number; readonly heightPx: number }): Promise<StoredImage> {
    return {
      key: await this.put(png, 'png'),
      index: 0,
      seed: 42,
      ...about,
      bytes: png.length,
      mimeType: 'image/png',
      thumbnail: { key: await this.put(jpeg, 'jpg'), ...about, bytes: jpeg.length, mimeType: 'image/jpeg' },
      blurhash: 'L00000fQfQfQfQfQfQfQfQfQfQfQ',
      timings: { textMs: 1, denoiseMs: 2, decodeMs: 3, encodeMs: 4 },
    };
  }
}

export class LogInTest implements Log {
  readonly lines: { readonly level: string; readonly facts: object; readonly message: string }[] = [];

  info(facts: object, message: string): void {
    this.lines.push({ level: 'info', facts, message });
  }

  warn(facts: object, message: string): void {
    this.lines.push({ level: 'warn', facts, message });
  }

  error(facts: object, message: string): void {
    this.lines.push({ level: 'error', facts, message });
  }

  /** Everything logged, as it would stand in a file. */
  text(): string {
    return this.lines.map((line) => JSON.stringify(line)).join('\n');
  }
}

/** A file of its own, which every start of the same platform opens again. */
function storeInTest(): () => Promise<OpenedStore> {
  const file = join(mkdtempSync(join(tmpdir(), 'blitzbild-keys-')), 'crypto.sqlite');
  const onWriteError = (error: Error): never => {
    throw error;
  };
  return async () => openCryptoStore({ file, key: new Uint8Array(32).fill(7), onWriteError });
}

/** Options with memory in RAM and no pauses worth waiting for. */
export function matrixOptions(
  about: Pick<MatrixOptions, 'homeserverUrl' | 'accessToken'> & Partial<MatrixOptions>,
): MatrixOptions & { readonly memory: MemoryInTest; readonly images: ImagesInTest; readonly log: LogInTest } {
  const { memory, images, log, ...rest } = about;
  return {
    allowedInviters: { users: [], servers: [], rooms: [] },
    encryption: {
      sharing: 'all',
      openStore: storeInTest(),
      onBroken: (error) => {
        throw error;
      },
    },
    syncWaitMs: 5000,
    random: () => 0,
    ...rest,
    memory: (memory as MemoryInTest | undefined) ?? new MemoryInTest(),
    images: (images as ImagesInTest | undefined) ?? new ImagesInTest(),
    log: (log as LogInTest | undefined) ?? new LogInTest(),
  };
}

/** Resolves once `look` gives something; rejects after `timeoutMs`. */
export async function eventually<Found>(
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  timeoutMs = 15_000,
): Promise<Found> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > until) throw new Error(`not within ${timeoutMs} ms: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
