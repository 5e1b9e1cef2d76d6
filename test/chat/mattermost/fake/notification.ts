import type { BroadcastEvent } from './events.ts';
import { mentionsIn } from './mentions.ts';
import { prepared } from './post-view.ts';
import type { PostRow } from './rows.ts';
import type { World } from './world.ts';

const everybody = ['all', 'channel', 'here'];

/** Ids of the members that this post notifies. Source: app/notification.go `SendNotifications`, `getExplicitMentions`. */
export function notifiedBy(world: World, post: PostRow): readonly string[] {
  const channel = world.channels.get(post.channel_id);
  const author = world.users.get(post.user_id);
  if (channel === undefined || author === undefined || post.type.startsWith('system_')) return [];
  const others = world.membersOf(channel.id).filter((userId) => userId !== author.id);
  if (channel.type === 'D') return others;
  const names = textsOf(post).flatMap((text) => mentionsIn(text));
  const isForAll =
    names.some((name) => everybody.includes(name)) &&
    world.may(author, 'use_channel_mentions', channel.id) &&
    others.length <= world.settings.maxNotificationsPerChannel;
  return others.filter((userId) => isForAll || names.includes(world.users.get(userId)?.username ?? ''));
}

/** The message, and what attachments say: pretext, text and the values of fields. */
function textsOf({ message, props }: PostRow): readonly string[] {
  const attachments = Array.isArray(props['attachments']) ? (props['attachments'] as { [key: string]: any }[]) : [];
  const fields = attachments.flatMap(({ fields }) => (Array.isArray(fields) ? (fields as { value?: unknown }[]) : []));
  return [message, ...attachments.flatMap(({ pretext, text }): unknown[] => [pretext, text]), ...fields.map(({ value }) => value)].filter(
    (text) => typeof text === 'string',
  );
}

/** Source: app/notification.go `SendNotifications`, the message at its end. */
export function postedEvent(world: World, post: PostRow, pendingPostId: string, isOnline: boolean): BroadcastEvent {
  const channel = world.channels.get(post.channel_id)!;
  const notified = notifiedBy(world, post);
  const files = post.file_ids.flatMap((id) => world.files.get(id) ?? []);
  return {
    event: 'posted',
    data: {
      channel_display_name: channel.display_name,
      channel_name: channel.name,
      channel_type: channel.type,
      post: JSON.stringify({ ...prepared(world, post), pending_post_id: pendingPostId }),
      sender_name: `@${world.users.get(post.user_id)?.username ?? ''}`,
      set_online: isOnline,
      team_id: channel.team_id,
      ...(files.length === 0 ? {} : { otherFile: 'true' }),
      ...(files.some(({ mime_type: type }) => type.startsWith('image/')) ? { image: 'true' } : {}),
    },
    broadcast: { channel_id: channel.id },
    personal: (userId) => (notified.includes(userId) ? { mentions: JSON.stringify([userId]) } : {}),
  };
}

export const postEvent = (event: string, world: World, post: PostRow): BroadcastEvent => ({
  event,
  data: { post: JSON.stringify(prepared(world, post)) },
  broadcast: { channel_id: post.channel_id },
});
