import type { World } from './world.ts';

export type Broadcast = {
  readonly user_id?: string;
  readonly channel_id?: string;
  readonly team_id?: string;
  readonly omit_users?: readonly string[];
  /** For everybody but those who may manage the system, or for those alone. Source: platform/web_conn.go `ShouldSendEvent`. */
  readonly contains_sanitized_data?: true;
  readonly contains_sensitive_data?: true;
};

export type BroadcastEvent = {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly broadcast: Broadcast;
  /** What one receiver's copy holds besides. Source: app/web_broadcast_hooks.go `addMentionsBroadcastHook`. */
  readonly personal?: (userId: string) => Readonly<Record<string, unknown>>;
};

/** As it goes over the wire. Source: model/websocket_message.go `WebSocketEvent.ToJSON`. */
export function frameOf({ event, data, broadcast, personal }: BroadcastEvent, seq: number, userId: string): string {
  const { omit_users: omitted, ...rest } = broadcast;
  return JSON.stringify({
    event,
    data: { ...data, ...personal?.(userId) },
    broadcast: {
      omit_users: omitted === undefined ? null : Object.fromEntries(omitted.map((id) => [id, true])),
      user_id: '',
      channel_id: '',
      team_id: '',
      connection_id: '',
      omit_connection_id: '',
      ...rest,
    },
    seq,
  });
}

/** Source: platform/web_conn.go `ShouldSendEvent`. */
export function isFor(world: World, { broadcast }: BroadcastEvent, userId: string): boolean {
  const user = world.users.get(userId);
  if (user === undefined) return false;
  if (broadcast.contains_sanitized_data && world.isSystemAdmin(user)) return false;
  if (broadcast.contains_sensitive_data && !world.isSystemAdmin(user)) return false;
  if (broadcast.user_id !== undefined) return broadcast.user_id === userId;
  if (broadcast.omit_users?.includes(userId)) return false;
  if (broadcast.channel_id !== undefined) return world.channelMember(broadcast.channel_id, userId) !== undefined;
  if (broadcast.team_id !== undefined) return world.isInTeam(broadcast.team_id, userId);
  return true;
}
