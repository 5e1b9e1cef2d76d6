import type { StreamEvent } from './event-stream.ts';
import { takePost, type TakenPost } from './incoming.ts';
import { isId, readReaction, type Reaction } from './post.ts';
import { parsedJson } from '../common/exchange.ts';
import { textAt } from '../common/raw.ts';

/** What an event says that is of any use to the bot. */
export type Told =
  | { readonly kind: 'post'; readonly channelId: string; readonly post: TakenPost }
  | { readonly kind: 'deletion'; readonly channelId: string; readonly post: TakenPost; readonly by: string | undefined }
  | { readonly kind: 'reaction' | 'reaction-taken-back'; readonly channelId: string; readonly reaction: Reaction }
  /** The bot is not there any more, or nobody can write there. */
  | { readonly kind: 'gone'; readonly channelId: string; readonly why: 'removed' | 'archived'; readonly by: string | undefined }
  /** Channels, or what is known of one, have changed. */
  | { readonly kind: 'look'; readonly channelId: string | undefined };

/** `undefined` for everything else. Source: the names of events and what they hold, model/websocket_message.go and app/. */
export function told({ name, data, broadcast }: StreamEvent, ownUserId: string): Told | undefined {
  const inData = textAt(data, 'channel_id');
  const inBroadcast = textAt(broadcast, 'channel_id');
  const channelId = [inData, inBroadcast].find(isId);
  switch (name) {
    case 'posted':
    case 'post_deleted': {
      const post = takePost(parsedJson(textAt(data, 'post') ?? ''));
      if (post === undefined) return undefined;
      if (name === 'posted') return { kind: 'post', channelId: post.channelId, post };
      return { kind: 'deletion', channelId: post.channelId, post, by: textAt(data, 'delete_by') };
    }
    case 'reaction_added':
    case 'reaction_removed': {
      const reaction = readReaction(parsedJson(textAt(data, 'reaction') ?? ''));
      if (reaction === undefined || !isId(inBroadcast)) return undefined;
      return { kind: name === 'reaction_added' ? 'reaction' : 'reaction-taken-back', channelId: inBroadcast, reaction };
    }
    case 'user_added':
      return textAt(data, 'user_id') === ownUserId ? { kind: 'look', channelId } : undefined;
    case 'user_removed': {
      // Whoever is removed is told of the channel, the others of the person.
      const removed = textAt(data, 'user_id') ?? textAt(broadcast, 'user_id');
      if (removed !== ownUserId || channelId === undefined) return undefined;
      return { kind: 'gone', channelId, why: 'removed', by: textAt(data, 'remover_id') };
    }
    case 'channel_deleted':
      return channelId === undefined ? undefined : { kind: 'gone', channelId, why: 'archived', by: undefined };
    case 'direct_added':
    case 'group_added':
    case 'channel_restored':
      return { kind: 'look', channelId };
    case 'channel_converted':
    case 'channel_updated':
    case 'added_to_team':
      return { kind: 'look', channelId: undefined };
    case 'leave_team':
      return textAt(data, 'user_id') === ownUserId ? { kind: 'look', channelId: undefined } : undefined;
    default:
      return undefined;
  }
}
