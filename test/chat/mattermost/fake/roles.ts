import type { World } from './world.ts';

/** Source: model/role.go `MakeDefaultRoles`, as far as it concerns a bot. */
const defaults: Readonly<Record<string, readonly string[]>> = {
  system_user: ['list_public_teams', 'join_public_teams', 'create_direct_channel', 'create_group_channel', 'view_members', 'create_team'],
  team_user: [
    'list_team_channels',
    'join_public_channels',
    'read_public_channel',
    'view_team',
    'create_public_channel',
    'create_private_channel',
  ],
  team_admin: ['remove_user_from_team', 'manage_team', 'delete_others_posts', 'manage_slash_commands', 'manage_own_slash_commands'],
  channel_user: [
    'read_channel',
    'read_channel_content',
    'add_reaction',
    'remove_reaction',
    'upload_file',
    'get_public_link',
    'create_post',
    'edit_post',
    'delete_post',
    'use_channel_mentions',
  ],
  channel_admin: ['manage_channel_roles', 'manage_public_channel_members', 'manage_private_channel_members'],
};

const all = Object.values(defaults).flat();

/** What a member's `roles` says: somebody who lost a permission has a role of another name, as with a scheme of the operator's own. */
export const channelRoles = (world: World, userId: string, isAdmin: boolean): string =>
  [world.denied.has(userId) ? `own_${userId}` : 'channel_user', ...(isAdmin ? ['channel_admin'] : [])].join(' ');

/** Names that nobody has are left out. Source: api4/role.go `getRolesByNames`. */
export function rolesByNames(world: World, names: readonly unknown[]): readonly object[] {
  return names.flatMap((name) => {
    if (typeof name !== 'string') return [];
    const permissions = permissionsOf(world, name);
    return permissions === undefined ? [] : [{ id: name, name, permissions, scheme_managed: true, built_in: name in defaults }];
  });
}

function permissionsOf(world: World, name: string): readonly string[] | undefined {
  if (name === 'system_admin') return [...all, 'manage_system', 'create_post_ephemeral'];
  const denied = name.startsWith('own_') ? world.denied.get(name.slice('own_'.length)) : undefined;
  if (denied === undefined) return defaults[name];
  return defaults['channel_user']!.filter((permission) => !([...denied] as readonly string[]).includes(permission));
}
