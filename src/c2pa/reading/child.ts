/**
 * The process that reads manifests, with the reader of the C2PA project (contentauth/c2pa-node). A crafted file can end it: nested CBOR
 * overflows its stack. It has no network to ask: no remote manifests, no OCSP, no host that is allowed.
 */
import { writeFileSync } from 'node:fs';
import type { ManifestStore, ReadReply, ReadRequest } from '#src/c2pa/reading/protocol.ts';
import { reportOf } from '#src/c2pa/reading/report.ts';

type C2paReader = {
  fromAsset(asset: { readonly buffer: Buffer; readonly mimeType: string }, settings: string): Promise<{ json(): unknown } | null>;
};

const settings = (anchors: string): string =>
  JSON.stringify({
    core: { allowed_network_hosts: [], allow_redirects: false, decode_identity_assertions: false },
    trust: anchors === '' ? {} : { trust_anchors: anchors },
    verify: { verify_after_reading: true, verify_trust: true, remote_manifest_fetch: false, ocsp_fetch: false },
  });

/** The package is not there, or was made for other machines; anything else may be different the next time, and ends the process. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(String(error.code));

async function load(): Promise<C2paReader | undefined> {
  try {
    const { Reader } = (await import('@contentauth/c2pa-node')) as unknown as { readonly Reader: C2paReader };
    return Reader;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function read(reader: C2paReader, { id, file, mimeType, anchors, trusted }: ReadRequest): Promise<ReadReply> {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const ask = async (certificates: string): Promise<ManifestStore | null> => {
    const found = await reader.fromAsset({ buffer, mimeType }, settings(certificates));
    return found === null ? null : (found.json() as ManifestStore);
  };
  try {
    const answer = await ask(anchors);
    const isTrusted = answer !== null && trusted !== '' && (await ask(trusted))?.validation_state === 'Trusted';
    return { id, kind: 'read', report: answer === null ? { state: 'absent' } : reportOf(answer, isTrusted) };
  } catch (error) {
    // Its library is opened when it is first used.
    return isMissing(error) ? { id, kind: 'missing' } : { id, kind: 'unreadable', code: codeOf(error) };
  }
}

/** c2pa-node names its errors like `C2pa(InvalidAsset("PNG out of range"))`. */
const codeOf = (error: unknown): string => /\b(?:[A-Z][a-z]+){2,}\b/u.exec(error instanceof Error ? error.name : '')?.[0] ?? 'Unreadable';

/** Where memory runs out, this process ends before any other. Other systems, and some containers, have no such file. */
function offerItself(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // It is watched all the same.
  }
}

offerItself();
const loading = load();

process.on('message', (request: ReadRequest) => {
  void loading.then(async (reader) => {
    const reply: ReadReply = reader === undefined ? { id: request.id, kind: 'missing' } : await read(reader, request);
    process.send?.(reply);
  });
});
// The program ended: nobody waits for an answer.
process.on('disconnect', () => process.exit(0));
