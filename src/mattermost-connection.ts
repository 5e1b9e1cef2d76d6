import { jobShown } from '#src/app/find-subject.ts';
import { MattermostPlatform, needsOperator } from '#src/chat/mattermost/mattermost-platform.ts';
import type { IsOpen } from '#src/chat/mattermost/renewals.ts';
import type { Config } from '#src/config.ts';
import { isOpen as isJobOpen } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import { ServerConnection, type ConnectionParts } from '#src/server-connection.ts';

/** The Mattermost platform as configured, and the way to its server. */
export function mattermostConnection(
  { language, prefixes }: Pick<Config, 'language' | 'prefixes'>,
  mattermost: NonNullable<Config['mattermost']>,
  parts: ConnectionParts,
): ServerConnection {
  const { serverUrl, accessToken, teams, channels, direct, callback } = mattermost;
  const { store, images, log, now } = parts;
  const platform = new MattermostPlatform({
    serverUrl,
    accessToken,
    allowed: { teams, channels },
    allowDirect: direct,
    memory: store.memory('mattermost'),
    images,
    log,
    now,
    ...(callback === undefined
      ? {}
      : {
          interactions: {
            callback,
            prefixes,
            languageOf: (room) => store.rooms.language('mattermost', room) ?? language,
            isOpen: openIn(store),
            isKnown: (message) => store.outbox.knows('mattermost', message),
          },
        }),
  });
  return new ServerConnection({ platform, title: 'Mattermost', server: 'Mattermost server', check: 'mattermost', needsOperator }, parts);
}

/** Whether the job of a message can still be stopped, or its question answered; a message that is not known yet may be any. */
const openIn =
  (store: Store): IsOpen =>
  (message, verb) => {
    if (!store.outbox.knows('mattermost', message)) return true;
    if (verb !== 'stop') return store.asks.ofMessage('mattermost', message) !== undefined;
    return isJobOpen(jobShown(store, 'mattermost', message));
  };
