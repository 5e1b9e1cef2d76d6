/** Somebody in the team, by the REST API that every client uses: on the fake and on a real server alike. */

export type WirePost = {
  readonly id: string;
  readonly user_id: string;
  readonly channel_id: string;
  readonly root_id: string;
  readonly create_at: number;
  readonly update_at: number;
  readonly edit_at: number;
  readonly delete_at: number;
  readonly message: string;
  readonly type: string;
  readonly props: Readonly<Record<string, any>>;
  readonly file_ids?: readonly string[];
  readonly metadata?: {
    readonly files?: readonly WireFile[];
    readonly reactions?: readonly {
      readonly user_id: string;
      readonly emoji_name: string;
      readonly create_at: number;
      readonly update_at: number;
    }[];
  };
};

export type WireFile = {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly mime_type: string;
  readonly width?: number;
  readonly height?: number;
  readonly has_preview_image?: boolean;
};

/** The server said no. */
export class RefusedError extends Error {
  readonly status: number;
  /** The server's name of the error; empty where the answer is not one of its own. */
  readonly id: string;

  constructor(what: string, status: number, text: string) {
    super(`${what}: ${status} ${text}`);
    this.name = 'RefusedError';
    this.status = status;
    this.id = /"id":"([^"]*)"/.exec(text)?.[1] ?? '';
  }
}

export class Person {
  readonly userId: string;
  readonly username: string;
  readonly token: string;
  readonly #url: string;

  constructor(url: string, { userId, username, token }: { readonly userId: string; readonly username: string; readonly token: string }) {
    this.#url = url;
    this.userId = userId;
    this.username = username;
    this.token = token;
  }

  /** The parsed answer; rejects with a `RefusedError` where it is no success. */
  async ask(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<any> {
    const response = await this.#fetch(method, path, body, contentType);
    return response.json();
  }

  async #fetch(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Response> {
    const isRaw = body instanceof Uint8Array;
    const response = await fetch(`${this.#url}/api/v4${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'Content-Type': contentType }) },
      ...(body === undefined ? {} : { body: isRaw ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    if (!response.ok) throw new RefusedError(`${method} ${path}`, response.status, await response.text());
    return response;
  }

  /** Resolves with the post's id. */
  async say(
    channelId: string,
    message: string,
    more: { readonly rootId?: string; readonly fileIds?: readonly string[]; readonly props?: object } = {},
  ): Promise<string> {
    const { rootId, fileIds, props } = more;
    const post = await this.ask('POST', '/posts', {
      channel_id: channelId,
      message,
      ...(rootId === undefined ? {} : { root_id: rootId }),
      ...(fileIds === undefined ? {} : { file_ids: fileIds }),
      ...(props === undefined ? {} : { props }),
    });
    return post.id as string;
  }

  async edit(postId: string, message: string): Promise<void> {
    await this.ask('PUT', `/posts/${postId}/patch`, { message });
  }

  async delete(postId: string): Promise<void> {
    await this.ask('DELETE', `/posts/${postId}`);
  }

  /** `name` as the server has it, such as `+1`. Resolves with the reaction. */
  async react(postId: string, name: string): Promise<{ readonly create_at: number; readonly update_at: number }> {
    return this.ask('POST', '/reactions', { user_id: this.userId, post_id: postId, emoji_name: name });
  }

  async unreact(postId: string, name: string): Promise<void> {
    await this.ask('DELETE', `/users/${this.userId}/posts/${postId}/reactions/${encodeURIComponent(name)}`);
  }

  /** Resolves with the file's id, to be named in a post. */
  async upload(channelId: string, file: { readonly name: string; readonly bytes: Uint8Array }): Promise<string> {
    const query = new URLSearchParams({ channel_id: channelId, filename: file.name });
    const answer = await this.ask('POST', `/files?${query.toString()}`, file.bytes, 'application/octet-stream');
    return answer.file_infos[0].id as string;
  }

  async download(
    fileId: string,
    kind: '' | '/thumbnail' | '/preview' = '',
  ): Promise<{ readonly bytes: Uint8Array; readonly mimeType: string }> {
    const response = await this.#fetch('GET', `/files/${fileId}${kind}`);
    return { bytes: new Uint8Array(await response.arrayBuffer()), mimeType: response.headers.get('content-type') ?? '' };
  }

  /** All posts that are there, oldest first, those of the server itself too. */
  async history(channelId: string): Promise<readonly WirePost[]> {
    const posts: WirePost[] = [];
    for (let page = 0; ; page += 1) {
      const answer = await this.ask('GET', `/channels/${channelId}/posts?per_page=200&page=${page}`);
      const order = answer.order as readonly string[];
      posts.push(...order.map((id) => answer.posts[id] as WirePost));
      if (order.length < 200) return posts.toReversed();
    }
  }

  async post(postId: string): Promise<WirePost> {
    return this.ask('GET', `/posts/${postId}`);
  }

  async leave(channelId: string): Promise<void> {
    await this.ask('DELETE', `/channels/${channelId}/members/${this.userId}`);
  }

  /** Presses a button of a post, as clients do. */
  async press(postId: string, actionId: string): Promise<{ readonly trigger_id: string }> {
    return this.ask('POST', `/posts/${postId}/actions/${actionId}`, {});
  }

  /** Types a slash command, with its leading `/`. Resolves with what the command answered. */
  async runSlashCommand(
    channelId: string,
    command: string,
    more: { readonly rootId?: string; readonly teamId?: string } = {},
  ): Promise<any> {
    return this.ask('POST', '/commands/execute', {
      channel_id: channelId,
      command,
      root_id: more.rootId ?? '',
      team_id: more.teamId ?? '',
    });
  }
}
