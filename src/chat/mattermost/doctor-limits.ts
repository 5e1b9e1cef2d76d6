import type { Finding } from '../common/finding.ts';
import { reason } from '../common/log.ts';
import { textAt } from '../common/raw.ts';
import type { ServerClient } from './client.ts';

/** The server's address as the server itself knows it; empty where nobody has set it. */
export type LimitsSeen = { readonly findings: readonly Finding[]; readonly siteUrl: string | undefined };

const comfortableFileBytes = 5_000_000;
/** Jobs take minutes, and their progress is an edit. */
const comfortableEditSeconds = 3600;

/**
 * Files and edits, as the server's configuration bounds them. Never rejects.
 * Source: config/client.go `GenerateClientConfig`; all values are texts, and most are told with a token alone.
 */
export async function checkLimits(client: ServerClient): Promise<LimitsSeen> {
  try {
    const config = await client.ask({ method: 'GET', path: '/config/client', query: { format: 'old' } });
    return { siteUrl: textAt(config, 'SiteURL'), findings: [judgeFiles(config), ...judgeEdits(textAt(config, 'PostEditTimeLimit'))] };
  } catch (error) {
    return {
      siteUrl: undefined,
      findings: [{ ok: false, what: `Mattermost’s limits could not be read: ${reason(error)}`, advice: 'Try again in a minute' }],
    };
  }
}

function judgeFiles(config: unknown): Finding {
  if (textAt(config, 'EnableFileAttachments') === 'false') {
    return {
      ok: false,
      what: 'Mattermost takes no files, so no picture can be sent',
      advice: 'Allow them: System Console, File Sharing and Downloads (FileSettings.EnableFileAttachments)',
    };
  }
  const bytes = Number(textAt(config, 'MaxFileSize') ?? '');
  if (!(bytes > 0)) return { ok: true, what: 'Mattermost names no limit for files' };
  const megabytes = (bytes / 1e6).toFixed(1);
  if (bytes >= comfortableFileBytes) return { ok: true, what: `Mattermost takes files up to ${megabytes} MB` };
  return {
    ok: true,
    what: `Mattermost takes files up to ${megabytes} MB only`,
    advice: 'Raise FileSettings.MaxFileSize to 5 MB or more (and the proxy’s client_max_body_size), or large pictures become smaller JPEGs',
  };
}

function judgeEdits(limit: string | undefined): readonly Finding[] {
  const seconds = Number(limit ?? '-1');
  if (!(seconds >= 0) || seconds >= comfortableEditSeconds) return [];
  return [
    {
      ok: true,
      what: `TIP Posts on Mattermost can be edited for ${seconds} s only, so the answer to a longer job becomes a post of its own`,
      advice: 'Raise ServiceSettings.PostEditTimeLimit to an hour, or to -1 for no limit, where that is too many posts',
    },
  ];
}
