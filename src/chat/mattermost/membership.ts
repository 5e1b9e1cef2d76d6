import { textAt } from '../common/raw.ts';
import type { Post } from './post.ts';

const joins = new Set(['system_join_channel', 'system_guest_join_channel', 'system_join_team']);
const additions = new Set(['system_add_to_channel', 'system_add_guest_to_chan', 'system_add_to_team']);
const leavings = new Set(['system_leave_channel', 'system_leave_team']);
const removals = new Set(['system_remove_from_channel', 'system_remove_from_team']);

/** What a post of the server's says of the bot's own coming and going. Source: app/channel.go and app/team.go, the posts they make. */
export function membershipIn({ type, userId, props }: Post, ownUserId: string): 'joined' | 'left' | undefined {
  const [added, removed] = [textAt(props, 'addedUserId'), textAt(props, 'removedUserId')];
  if (userId === ownUserId && joins.has(type)) return 'joined';
  if (userId === ownUserId && leavings.has(type)) return 'left';
  if (added === ownUserId && additions.has(type)) return 'joined';
  if (removed === ownUserId && removals.has(type)) return 'left';
  return undefined;
}
