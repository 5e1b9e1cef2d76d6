import { join } from 'node:path';
import type { Finding } from '#src/chat/common/finding.ts';
import { createManifestReader, openManifestSigner, WARN_DAYS, type ManifestSigning } from '#src/manifests.ts';

/** One pixel. */
const smallest = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082',
  'hex',
);

/** Whether pictures are signed, for how long yet, and what the reader says of one. */
export async function checkSigning(dataFolder: string, nowMs: number): Promise<readonly Finding[]> {
  const folder = join(dataFolder, 'keys');
  const signing = openManifestSigner({ folder, now: () => nowMs });
  const { certificate, refusal, daysLeft = () => 0 } = signing;
  const state = signing.state();
  if (state === 'no_key')
    return [{ ok: true, what: 'Manifests (C2PA): pictures are not signed, there is no key («blitzbild keys init» makes one)' }];
  if (refusal !== undefined || certificate === undefined)
    return [
      { ok: false, what: `Manifests (C2PA): pictures are not signed, ${refusal ?? 'the key is refused'}`, advice: 'Then restart the bot.' },
    ];
  const until = new Date(certificate.untilMs).toISOString().slice(0, 10);
  if (state === 'expired')
    return [
      {
        ok: false,
        what:
          nowMs < certificate.fromMs
            ? `Manifests (C2PA): pictures are NOT signed, the certificate is valid only from ${new Date(certificate.fromMs).toISOString().slice(0, 10)} on`
            : `Manifests (C2PA): pictures are NOT signed any more, the certificate has expired on ${until}`,
        advice: nowMs < certificate.fromMs ? 'Look at the clock of this machine.' : renewal,
      },
    ];
  const days = Math.floor(daysLeft());
  const valid = `Manifests (C2PA): pictures are signed for «${certificate.organisation}», until ${until} (${days} ${days === 1 ? 'day' : 'days'})`;
  return [days < WARN_DAYS ? { ok: false, what: valid, advice: renewal } : { ok: true, what: valid }, await trial(folder, signing)];
}

const renewal = 'Run «blitzbild keys renew», or let your own authority issue the next certificate, then restart the bot.';

/** What else could be wrong with a certificate, the reader knows. */
async function trial(folder: string, { signer }: ManifestSigning): Promise<Finding> {
  await using reader = createManifestReader({ folder });
  const signed = await signer?.sign(smallest, { mimeType: 'image/png', generator: 'Blitzbild' });
  const report = signed === undefined ? undefined : await reader.read(signed);
  if (report?.state === 'intact' && report.by === 'ours')
    return { ok: true, what: 'Manifests (C2PA): one was signed, read again and found to be ours' };
  if (report?.state === 'not_checked' && report.reason === 'reader_missing')
    return {
      ok: true,
      what: 'Manifests (C2PA): there is no reader here, so «verify» can’t check them; signing needs none',
      advice: 'The package @contentauth/c2pa-node reads them on 64-bit Linux on Intel and AMD processors.',
    };
  const reason = report === undefined || !('reason' in report) ? 'it does not count as ours' : report.reason;
  return {
    ok: false,
    what: `Manifests (C2PA): readers do not accept what is signed with this certificate (${reason})`,
    advice: 'docs/trust.md says what a certificate needs to be accepted.',
  };
}
