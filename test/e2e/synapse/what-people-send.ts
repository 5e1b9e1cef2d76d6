/** Contents of messages as people's clients send them, in the clear and encrypted alike. */

export type Place = { readonly threadId?: string; readonly replyTo?: string };
type Content = Readonly<Record<string, unknown>>;

export const textContent = (body: string, place: Place = {}): Content => ({ msgtype: 'm.text', body, ...relationTo(place) });

export const editContent = (target: string, body: string): Content => ({
  msgtype: 'm.text',
  body: `* ${body}`,
  'm.new_content': { msgtype: 'm.text', body },
  'm.relates_to': { rel_type: 'm.replace', event_id: target },
});

export const reactionContent = (target: string, key: string): Content => ({
  'm.relates_to': { rel_type: 'm.annotation', event_id: target, key },
});

export function relationTo({ threadId, replyTo }: Place): Content {
  if (threadId === undefined && replyTo === undefined) return {};
  const inReplyTo = { 'm.in_reply_to': { event_id: replyTo ?? threadId } };
  if (threadId === undefined) return { 'm.relates_to': inReplyTo };
  return { 'm.relates_to': { rel_type: 'm.thread', event_id: threadId, is_falling_back: replyTo === undefined, ...inReplyTo } };
}
