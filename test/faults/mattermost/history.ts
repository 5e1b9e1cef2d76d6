/**
 * Posts as people see them, in the form that the oracle reads: Markdown rendered as Mattermost's own client does it (GFM, every line
 * break one, no HTML), each edit as one. What was deleted is not seen.
 */
import { Marked } from 'marked';
import type { RawEvent } from '../../e2e/synapse/person.ts';

/** A post of the server with all it ever said. */
export type KeptPost = {
  readonly id: string;
  readonly userId: string;
  /** Empty outside of threads. */
  readonly rootId: string;
  readonly isDeleted: boolean;
  /** As it was written, and after each edit. */
  readonly messages: readonly string[];
  readonly fileNames: readonly string[];
};

/** Oldest first, as `posts` are. */
export const asEvents = (posts: readonly KeptPost[]): readonly RawEvent[] =>
  posts.filter(({ isDeleted }) => !isDeleted).flatMap((post) => eventsOf(post));

function eventsOf(post: KeptPost): readonly RawEvent[] {
  const { id, userId: sender, rootId, fileNames } = post;
  const [first = '', ...edits] = distinct(post.messages);
  const relation =
    rootId === ''
      ? {}
      : { 'm.relates_to': { rel_type: 'm.thread', event_id: rootId, is_falling_back: true, 'm.in_reply_to': { event_id: rootId } } };
  const event = (content: RawEvent['content'], event_id = id): RawEvent => ({ event_id, type: 'm.room.message', sender, content });
  const texts = { msgtype: 'm.notice', ...rendered(first) };
  return [
    ...(fileNames.length === 0 ? [event({ ...texts, ...relation })] : []),
    ...fileNames.map((name, file) => event({ ...texts, msgtype: 'm.image', filename: plainName(name), ...relation }, `${id}/${file}`)),
    ...edits.map((message, index) =>
      event(
        {
          msgtype: 'm.notice',
          body: '* …',
          'm.new_content': { msgtype: 'm.notice', ...rendered(message) },
          'm.relates_to': { rel_type: 'm.replace', event_id: id },
        },
        `${id}#${index + 1}`,
      ),
    ),
  ];
}

/** The same words again are no other edit for anybody: an attempt whose answer was lost comes again. */
const distinct = (messages: readonly string[]): readonly string[] => messages.filter((message, index) => message !== messages[index - 1]);

/** `k7f3-A1 AI-generated picture of a fox.png` → `k7f3-A1.png`: what follows the cell is for readers. */
const plainName = (name: string): string => name.replace(/^([a-z0-9]+-(?:sheet|[A-Z]+\d+))\b.*(\.[a-z]+)$/u, '$1$2');

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const markdown = new Marked({ gfm: true, breaks: true, async: false, renderer: { html: ({ text }) => escaped(text) } });

const known = new Map<string, { readonly body: string; readonly formatted_body: string }>();

/** As people read it, and with its markup. */
export function rendered(message: string): { readonly body: string; readonly formatted_body: string } {
  let found = known.get(message);
  if (found === undefined) {
    const html = markdown.parse(message, { async: false }).trim();
    found = { body: textOf(html), formatted_body: html };
    known.set(message, found);
  }
  return found;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

const textOf = (html: string): string =>
  html
    .replaceAll(/<br>|<\/tr>/gu, '\n')
    .replaceAll(/<\/t[dh]>/gu, '  ')
    .replaceAll('<li>', '• ')
    .replaceAll(/<[^>]*>/gu, '')
    .replaceAll(/&(amp|lt|gt|quot|#39);/gu, (_, name: string) => entities[name] ?? '')
    // Between an @ and a name, so that nobody is called; nobody sees it.
    .replaceAll('\u2060', '')
    .replaceAll(/[ \t]*\n\s*/gu, '\n')
    .trim();
