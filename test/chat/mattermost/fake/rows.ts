/** What the server stores, named as it goes over the wire. */
import { randomInt } from 'node:crypto';

export type UserRow = {
  readonly id: string;
  readonly username: string;
  roles: string;
  delete_at: number;
  readonly is_bot: boolean;
};

export type TeamRow = { readonly id: string; readonly name: string; readonly display_name: string };

export type ChannelType = 'O' | 'P' | 'D' | 'G';

export type ChannelRow = {
  readonly id: string;
  readonly create_at: number;
  update_at: number;
  delete_at: number;
  readonly team_id: string;
  type: ChannelType;
  display_name: string;
  readonly name: string;
  header: string;
  purpose: string;
  last_post_at: number;
  total_msg_count: number;
  readonly creator_id: string;
};

export type MemberRow = { scheme_admin: boolean; delete_at: number };

export type Props = { [key: string]: unknown };

export type PostRow = {
  readonly id: string;
  readonly create_at: number;
  update_at: number;
  edit_at: number;
  delete_at: number;
  is_pinned: boolean;
  readonly user_id: string;
  readonly channel_id: string;
  readonly root_id: string;
  original_id: string;
  message: string;
  readonly type: string;
  props: Props;
  hashtags: string;
  file_ids: readonly string[];
};

export type ReactionRow = {
  readonly user_id: string;
  readonly post_id: string;
  readonly emoji_name: string;
  readonly create_at: number;
  update_at: number;
  delete_at: number;
  readonly channel_id: string;
};

export type FileRow = {
  readonly id: string;
  readonly user_id: string;
  post_id: string;
  channel_id: string;
  readonly create_at: number;
  update_at: number;
  delete_at: number;
  readonly name: string;
  readonly mime_type: string;
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
  readonly has_preview_image: boolean;
};

export type CommandRow = {
  readonly id: string;
  readonly token: string;
  readonly team_id: string;
  readonly trigger: string;
  readonly url: string;
  readonly creator_id: string;
};

const letters = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** 26 letters and digits, as everything is named. Source: model/utils.go `NewId`. */
export function newId(): string {
  let id = '';
  while (id.length < 26) id += letters[randomInt(letters.length)]!;
  return id;
}

export const isId = (text: unknown): text is string => typeof text === 'string' && /^[a-z0-9]{26}$/.test(text);
