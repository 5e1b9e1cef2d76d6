import { ServerClient, type ServerRequest } from './client.ts';
import { EditTurns } from './edit-turns.ts';

const editOfPost = /^\/posts\/([a-z0-9]{26})\/patch$/;

/**
 * Edits each post once at a time. The server reads a post, changes it and writes all of it back: of two edits at the same moment, one of the
 * words and one of the buttons, the later one would bring back what the earlier one replaced. Source: app/post.go `PatchPost`.
 */
export class OrderlyClient extends ServerClient {
  readonly #turns = new EditTurns();

  override async ask(request: ServerRequest): Promise<unknown> {
    const postId = request.method === 'PUT' ? editOfPost.exec(request.path)?.[1] : undefined;
    return postId === undefined ? super.ask(request) : this.#turns.of(postId, async () => super.ask(request));
  }
}
