/** What the server has stored, as an account for the oracle: nothing that the bot says of itself is asked. */
import type { FakeMattermost } from '../../chat/mattermost/fake/fake.ts';
import type { PostRow } from '../../chat/mattermost/fake/rows.ts';
import type { KeptPost } from './history.ts';

/**
 * The posts of a channel, oldest first. What was deleted is not seen any more, but for a picture that somebody else took away, and what
 * the bot took back although nothing was wrong with it: that came.
 */
export function keptPosts({ world }: FakeMattermost, channelId: string, botId: string): readonly KeptPost[] {
  const earlier = new Map<string, string[]>();
  for (const post of world.posts.values())
    if (post.original_id !== '') earlier.set(post.original_id, [...(earlier.get(post.original_id) ?? []), post.message]);
  const isSeen = (post: PostRow): boolean => {
    if (post.delete_at === 0) return true;
    if (post.props['deleteBy'] === botId) return isWhole(post);
    const isThreadThere = post.root_id === '' || world.posts.get(post.root_id)?.delete_at === 0;
    return isThreadThere && post.file_ids.length > 0;
  };
  return [...world.posts.values()]
    .filter((post) => post.channel_id === channelId && post.type === '' && post.original_id === '')
    .map((post) => ({
      id: post.id,
      userId: post.user_id,
      rootId: post.root_id,
      isDeleted: !isSeen(post),
      messages: [...(earlier.get(post.id) ?? []), post.message],
      fileNames: post.file_ids.map((id) => world.files.get(id)?.name ?? 'a file that is not there'),
    }));
}

/** Two posts of one delivery, and pictures without their file. */
export function wrongPosts({ world }: FakeMattermost, botId: string): readonly string[] {
  const own = [...world.posts.values()].filter(
    (post) => post.user_id === botId && post.type === '' && post.original_id === '' && post.delete_at === 0,
  );
  const seen = new Set<unknown>();
  return own.flatMap((post) => {
    const mark = markOf(post);
    const wrong = [
      ...(mark?.delivery === undefined ? [`a post without the mark of its delivery: ${post.message}`] : []),
      ...(seen.has(mark?.delivery) ? [`two posts of one delivery: ${post.message}`] : []),
      ...(isWhole(post) ? [] : [`a picture without its file: ${post.message}`]),
    ];
    seen.add(mark?.delivery);
    return wrong;
  });
}

const markOf = ({ props }: PostRow) => props['blitzbild'] as { readonly delivery?: unknown; readonly alt?: unknown } | undefined;

/** A picture has its file. */
const isWhole = (post: PostRow): boolean => markOf(post)?.alt === undefined || post.file_ids.length > 0;
