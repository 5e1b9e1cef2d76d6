import { join } from 'node:path';
import type { Log } from '#src/app/log-port.ts';
import type { Config } from '#src/config.ts';
import type { Marking, MarkReader, Watermark } from '#core/marks-port.ts';
import { FileSigner } from '#src/finish/file-signer.ts';
import { createMarkReader } from '#src/finish/mark-reader.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { payloadOf } from '#src/finish/watermark-payload.ts';
import { createWatermark } from '#src/finish/watermark/watermark.ts';
import { createManifestReader, openManifestSigner, WARN_DAYS, type ManifestSigning } from '#src/manifests.ts';
import { PrivateFileError } from '#src/private-file.ts';
import { openWatermarkKey, readWatermarkKey } from '#src/watermark-key.ts';

type Place = Pick<Config, 'dataFolder' | 'marks'>;

export type OpenMarking = AsyncDisposable & {
  readonly marking: Marking;
  readonly finisher: SharpFinisher;
  readonly studio: SharpStudio;
  readonly manifests: ManifestSigning;
};

export type MarkingOptions = {
  readonly log: Pick<Log, 'warn'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Name and version of the program, for manifests. */
  readonly program: string;
};

/**
 * The layers of origin with the organisation's keys. A key that can't be used keeps nothing from starting: its layer is left out, and that is
 * said.
 */
export function openMarking({ dataFolder, marks }: Place, { log, now, program }: MarkingOptions): OpenMarking {
  const manifests = openManifestSigner({ folder: join(dataFolder, 'keys'), now });
  if (marks.manifest) warnOfManifests(manifests, log);
  const key = keyOrWarning(() => openWatermarkKey(dataFolder), log);
  const watermark = key === 'refused' ? undefined : createWatermark(key);
  const signer =
    manifests.signer &&
    new FileSigner({
      signer: manifests.signer,
      program,
      onUnsigned: (error) => log.warn({ err: error }, 'Pictures get no manifest; «blitzbild keys show» says more'),
    });
  const reader = createReader(watermark ?? 'refused', dataFolder);
  return {
    marking: { marks, markReader: reader.markReader, signing: manifests.state, hasWatermark: watermark !== undefined },
    finisher: new SharpFinisher({
      ...(signer === undefined ? {} : { signer }),
      ...(key === 'refused' || watermark === undefined
        ? {}
        : { marker: { watermark, payloadOf: async (picture) => payloadOf(key, picture) } }),
    }),
    studio: new SharpStudio(signer === undefined ? {} : { signer }),
    manifests,
    [Symbol.asyncDispose]: async () => reader[Symbol.asyncDispose](),
  };
}

/** Only reads: no key is made. */
export function openMarkReader({ dataFolder }: Pick<Config, 'dataFolder'>, log: Pick<Log, 'warn'>): OpenMarkReader {
  const key = keyOrWarning(() => readWatermarkKey(dataFolder), log);
  return createReader(key instanceof Uint8Array ? createWatermark(key) : key, dataFolder);
}

type OpenMarkReader = AsyncDisposable & { readonly markReader: MarkReader };

function createReader(watermark: Watermark | 'refused' | undefined, dataFolder: string): OpenMarkReader {
  const manifests = createManifestReader({ folder: join(dataFolder, 'keys') });
  return {
    markReader: createMarkReader({ manifests, ...(watermark === undefined ? {} : { watermark }) }),
    [Symbol.asyncDispose]: async () => manifests.close(),
  };
}

function keyOrWarning<Key>(read: () => Key, log: Pick<Log, 'warn'>): Key | 'refused' {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    log.warn({ reason: error.message }, 'Pictures get no watermark: its key can’t be used');
    return 'refused';
  }
}

function warnOfManifests({ state, refusal, certificate, daysLeft }: ManifestSigning, log: Pick<Log, 'warn'>): void {
  if (refusal !== undefined) log.warn({ reason: refusal }, 'Pictures get no manifest: the key can’t be used');
  if (certificate === undefined || daysLeft === undefined) return;
  const validUntil = new Date(certificate.untilMs).toISOString().slice(0, 10);
  if (state() === 'expired')
    log.warn({ validUntil }, 'Pictures get no manifest: the certificate is not valid today; «blitzbild keys show» says more');
  else if (daysLeft() < WARN_DAYS)
    log.warn(
      { validUntil, days: Math.floor(daysLeft()) },
      'The certificate that pictures are signed with expires soon: «blitzbild keys renew»',
    );
}
