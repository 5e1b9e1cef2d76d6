/** Posts without what differs from run to run: ids, jobs, times and hashes, in whose place names stand. */
import type { WirePost } from '../../chat/mattermost/fake/person.ts';

export class NamedPosts {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** @param known names of ids: `{ ada: '…' }` */
  constructor(known: Readonly<Record<string, string>>) {
    for (const [name, id] of Object.entries(known)) this.#names.set(id, `<${name}>`);
  }

  shown(posts: readonly WirePost[]): readonly object[] {
    for (const { id, message, props, metadata } of posts) {
      this.#name(id, 'post');
      for (const file of metadata?.files ?? []) this.#name(file.id, 'file');
      // Only the bot names jobs.
      if (props['blitzbild'] === undefined) continue;
      for (const [, job] of message.matchAll(/(?:^|· )\*\*([a-z0-9]{4})(?:\/[A-Z]\d+)?\*\*/gu)) this.#name(job!, 'job');
    }
    return posts.map((post) => this.#shown(post));
  }

  #name(id: string, kind: string): void {
    if (this.#names.has(id)) return;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    this.#names.set(id, kind === 'job' ? `job${count}` : `<${kind} ${count}>`);
  }

  #shown({ id, user_id, root_id, message, props, metadata }: WirePost): object {
    const files = metadata?.files ?? [];
    const reactions = metadata?.reactions ?? [];
    const text = JSON.stringify({
      id,
      user_id,
      ...(root_id === '' ? {} : { root_id }),
      message,
      ...(Object.keys(props).length === 0 ? {} : { props }),
      ...(files.length === 0 ? {} : { files: files.map((file) => picked(file, ['id', 'name', 'mime_type', 'width', 'height'])) }),
      // A job that ends at once has no ❌ of its own.
      ...(reactions.some(isLasting)
        ? { reactions: reactions.filter(isLasting).map((given) => picked(given, ['user_id', 'emoji_name'])) }
        : {}),
    });
    return JSON.parse(
      text
        .replaceAll(/(?<![a-z0-9])(?:[a-z0-9]{26}|[a-z0-9]{4})(?![a-z0-9])/g, (found) => this.#names.get(found) ?? found)
        .replaceAll(/\b[0-9a-f]{64}\b/g, '<sha256>')
        .replaceAll(/\b(?=[a-f]*\d)[0-9a-f]{12}\b/g, '<hash>')
        .replaceAll(/(?<="delivery":"[^"]*:|"edit":"[^"]*:)\d{13}\b|(?<="(?:delivery|edit)":"job\d+-)[a-z0-9]+/g, '<time>')
        .replaceAll(/"blurhash":"[^"]*"/g, '"blurhash":"<blurhash>"')
        .replaceAll(/\d+(?:[.,]\d+)? (?:ms|s|min)\b(?: \d+ s\b)?/g, '… s')
        .replaceAll(/(?<=slowest |am längsten: )\p{L}+(?: \p{L}+)*/gu, '…'),
    ) as object;
  }
}

const isLasting = ({ emoji_name: name }: { readonly emoji_name: string }): boolean => name !== 'x';

const picked = (from: object, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
