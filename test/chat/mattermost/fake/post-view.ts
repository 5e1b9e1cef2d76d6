import type { FileRow, PostRow, Props } from './rows.ts';
import type { World } from './world.ts';

const isRecord = (value: unknown): value is Props => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Attachments as clients get them: nobody learns where a button's press goes, and what stands with it. Source: model/post.go `StripActionIntegrations`. */
export function withoutIntegrations(props: Props): Props {
  const { attachments } = props;
  if (!Array.isArray(attachments)) return props;
  const strip = (action: unknown): unknown => {
    if (!isRecord(action)) return action;
    const { integration: _, ...rest } = action;
    return rest;
  };
  return {
    ...props,
    attachments: attachments.map((attachment: unknown) =>
      isRecord(attachment) && Array.isArray(attachment['actions'])
        ? { ...attachment, actions: attachment['actions'].map(strip) }
        : attachment,
    ),
  };
}

/** Source: model/file_info.go. */
export const fileInfo = (file: FileRow): object => ({
  id: file.id,
  user_id: file.user_id,
  ...(file.post_id === '' ? {} : { post_id: file.post_id }),
  channel_id: file.channel_id,
  create_at: file.create_at,
  update_at: file.update_at,
  delete_at: file.delete_at,
  name: file.name,
  extension: file.name.includes('.') ? file.name.split('.').at(-1)!.toLowerCase() : '',
  size: file.bytes.length,
  mime_type: file.mime_type,
  ...(file.width === 0 ? {} : { width: file.width, height: file.height }),
  ...(file.has_preview_image ? { has_preview_image: true } : {}),
  mini_preview: null,
  remote_id: '',
  archived: false,
});

/** A post without what is looked up for it. */
function bare(world: World, post: PostRow): object {
  const replies = [...world.posts.values()].filter(
    ({ root_id: root, delete_at: deleted }) => root === (post.root_id || post.id) && deleted === 0,
  );
  return {
    ...post,
    props: withoutIntegrations(post.props),
    pending_post_id: '',
    reply_count: replies.length,
    last_reply_at: replies.at(-1)?.create_at ?? 0,
    participants: null,
    metadata: {},
  };
}

/** A post as lists and answers hold it. Source: app/post_metadata.go `PreparePostForClient`. */
export function prepared(world: World, post: PostRow): object {
  if (post.delete_at > 0) return { ...bare(world, post), message: '' };
  const files = post.file_ids.flatMap((id) => world.files.get(id) ?? []);
  const reactions = world.reactionsTo(post.id);
  return {
    ...bare(world, post),
    ...(reactions.length === 0 ? {} : { has_reactions: true }),
    metadata: {
      ...(files.length === 0 ? {} : { files: files.map(fileInfo) }),
      ...(reactions.length === 0 ? {} : { reactions: reactions.map((reaction) => ({ ...reaction, remote_id: '' })) }),
    },
  };
}

/** A finished duplicate is answered with what was stored, nothing looked up for it. Source: app/post.go `deduplicateCreatePost`. */
export const unprepared = bare;
