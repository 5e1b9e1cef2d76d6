import { isIP, BlockList } from 'node:net';
import { exchange } from '../common/exchange.ts';
import type { Finding } from '../common/finding.ts';
import { reason } from '../common/log.ts';
import { buttonsPath } from './buttons.ts';
import { ServerError } from './server-error.ts';

export type CallbackFacts = {
  /** Where the server reaches the bot: what it puts into its buttons. */
  readonly url: string;
  /** Of `/img`, one for each team that has the command; empty without it. */
  readonly commandTokens: readonly string[];
};

/**
 * What buttons and `/img` need besides the bot itself. Only the server can tell whether it reaches the address, so it is tried from here,
 * and what is known to keep servers from it is said. Never rejects.
 */
export async function checkCallback(
  { url, commandTokens }: CallbackFacts,
  { siteUrl, timeoutMs }: { readonly siteUrl: string | undefined; readonly timeoutMs: number },
): Promise<readonly Finding[]> {
  const address = URL.parse(url);
  if (!address || !['http:', 'https:'].includes(address.protocol)) {
    return [
      {
        ok: false,
        what: 'The callback address is not a web address',
        advice:
          'Set it like https://bilder.example.org, as the Mattermost server reaches the bot; without one, reactions and commands do it all',
      },
    ];
  }
  const findings = [await tried(url, timeoutMs)];
  if (commandTokens.length === 0) {
    findings.push({
      ok: true,
      what: 'Buttons are on, /img is not: no token of a slash command is set',
      advice: 'Make the command and set its token as MATTERMOST_COMMAND_TOKEN_FILE, if you want it (docs/mattermost.md)',
    });
  } else if (siteUrl === '') {
    findings.push({
      ok: false,
      what: 'The Mattermost server has no SiteURL, without which it carries out no slash command',
      advice: 'Set it: System Console, Web Server, Site URL (ServiceSettings.SiteURL)',
    });
  }
  if (isInternal(address.hostname)) {
    findings.push({
      ok: true,
      what: 'TIP The callback address is an internal one, to which Mattermost sends nothing unless it is allowed',
      advice: `Add ${address.hostname} to ServiceSettings.AllowedUntrustedInternalConnections (System Console, Developer), if it is not there`,
    });
  }
  return findings;
}

/** As a press that is none: the bot says no to it, and that is how it is known. */
async function tried(url: string, timeoutMs: number): Promise<Finding> {
  try {
    const status = await exchange(
      {
        what: 'The callback address',
        server: 'bot',
        url: new URL(`${url.replace(/\/+$/, '')}${buttonsPath}`),
        init: { method: 'POST', headers: { 'User-Agent': 'Blitzbild' } },
        timeoutMs,
        closing: new AbortController().signal,
        isExplained: () => false,
        failed: (explanation) => new ServerError(explanation),
      },
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
    );
    if (status === 400) return { ok: true, what: 'The bot answers at the callback address, seen from here' };
    return {
      ok: true,
      what: `Something answers at the callback address, but not the bot (status ${status})`,
      advice:
        'Start the bot; if it runs, mend the proxy before it: it must pass on POST requests, with their path, to MATTERMOST_CALLBACK_PORT',
    };
  } catch (error) {
    return {
      ok: true,
      what: `Nobody answers at the callback address, seen from here (${reason(error)})`,
      advice:
        'Nothing is wrong while the bot is not running, or where only the Mattermost server can reach the address; else mend the proxy before the bot',
    };
  }
}

/** As the server counts them. Source: server/public/shared/httpservice, reserved ranges. */
const internal = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  internal.addSubnet(net, prefix, 'ipv4');
internal.addAddress('::1', 'ipv6');
internal.addSubnet('fc00::', 7, 'ipv6');
internal.addSubnet('fe80::', 10, 'ipv6');

/** By an address that is written down; names of one part are those of a network of one's own. */
function isInternal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  if (family !== 0) return internal.check(host, family === 4 ? 'ipv4' : 'ipv6');
  return !host.includes('.') || /\.(?:local|lan|internal|home\.arpa|localhost)$/.test(host);
}
