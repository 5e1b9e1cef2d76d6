import { isSystemEmoji } from './emoji-names.ts';
import { ApiError, forbidden, noPost } from './errors.ts';
import { isId, type ChannelRow, type PostRow, type Props, type ReactionRow, type UserRow } from './rows.ts';
import type { World } from './world.ts';

const wire = (reaction: ReactionRow): object => ({ ...reaction, remote_id: '' });

/** Source: api4/reaction.go, app/reaction.go, model/reaction.go, sqlstore/reaction_store.go. */
export class Reactions {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Source: app/reaction.go `SaveReactionForPost`. The same one again is no error, and touches the post again. */
  save(user: UserRow, body: Props): object {
    const world = this.#world;
    const { user_id: userId, post_id: postId, emoji_name: name } = body;
    if (!isId(userId) || !isId(postId) || typeof name !== 'string' || name === '' || name.length > 64) {
      throw new ApiError(400, 'api.reaction.save_reaction.invalid.app_error');
    }
    if (userId !== user.id) throw new ApiError(403, 'api.reaction.save_reaction.user_id.app_error');
    const { post, channel } = this.#livePost(postId);
    world.assertMay(user, 'add_reaction', channel.id);
    // Looked up before its characters are.
    if (!isSystemEmoji(name)) throw new ApiError(404, 'app.emoji.get_by_name.no_result');
    const names = new Set(world.reactionsTo(postId).map((reaction) => reaction.emoji_name));
    if (!names.has(name) && names.size >= world.settings.maxReactionsPerPost) {
      throw new ApiError(400, 'app.reaction.save.save.too_many_reactions');
    }
    if (channel.delete_at > 0) throw new ApiError(403, 'api.reaction.save.archived_channel.app_error');
    const atMs = world.clock.now();
    const told: ReactionRow = {
      user_id: userId,
      post_id: postId,
      emoji_name: name,
      // Of the client's own making, where it says any.
      create_at: typeof body['create_at'] === 'number' && body['create_at'] > 0 ? body['create_at'] : atMs,
      update_at: atMs,
      delete_at: 0,
      channel_id: channel.id,
    };
    const key = `${postId} ${userId} ${name}`;
    const earlier = world.reactions.get(key);
    // One that was there before keeps the moment of the first time, though its answer and its event tell this moment.
    world.reactions.set(key, earlier === undefined ? told : { ...told, create_at: earlier.create_at });
    post.update_at = atMs;
    this.#tell('reaction_added', told, channel.id);
    return wire(told);
  }

  /** Source: app/reaction.go `DeleteReactionForPost`. One that was not there is no error either. */
  remove(user: UserRow, userId: string, postId: string, name: string): void {
    const world = this.#world;
    const { post, channel } = this.#livePost(postId);
    if (userId !== user.id && !world.isSystemAdmin(user)) throw forbidden();
    world.assertMay(user, 'remove_reaction', channel.id);
    if (channel.delete_at > 0) throw new ApiError(403, 'api.reaction.delete.archived_channel.app_error');
    const atMs = world.clock.now();
    const key = `${postId} ${userId} ${name}`;
    const earlier = world.reactions.get(key);
    if (earlier !== undefined) world.reactions.set(key, { ...earlier, update_at: atMs, delete_at: atMs });
    post.update_at = atMs;
    // What was asked is told, not what was stored.
    const told = { user_id: userId, post_id: postId, emoji_name: name, create_at: 0, update_at: atMs, delete_at: 0, channel_id: '' };
    this.#tell('reaction_removed', told, channel.id);
  }

  of(user: UserRow, postId: string): readonly object[] {
    const { channel } = this.#livePost(postId);
    this.#world.assertCanRead(user, channel);
    return this.#world.reactionsTo(postId).map(wire);
  }

  #livePost(postId: string): { readonly post: PostRow; readonly channel: ChannelRow } {
    const post = this.#world.posts.get(postId);
    if (post === undefined || post.delete_at > 0) throw noPost();
    return { post, channel: this.#world.channels.get(post.channel_id)! };
  }

  #tell(event: string, reaction: ReactionRow, channelId: string): void {
    this.#world.publish({
      event,
      data: { reaction: JSON.stringify(wire(reaction)) },
      broadcast: { channel_id: channelId },
    });
  }
}
