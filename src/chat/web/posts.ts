/** What people may send to the room: the form of each request body, and the checks that need the history. */
import { z } from 'zod';
import { fileExtensions, type ImageStore, type RoomHistory } from '#core/ports.ts';
import { eventId, type EventId, type UserId } from '#core/types.ts';
import { roomBody, type ApiErrorCode, type PersonBody } from './events.ts';
import { displayName, isBotName, userIdOf } from './names.ts';
import { knownUpload } from './uploads.ts';

/** A post that passed every check, ready to be appended. */
export type Post = { readonly transactionId: string; readonly body: PersonBody };

export type PostRefusal = { readonly status: 400 | 403 | 404; readonly code: ApiErrorCode };

type PostResult = { readonly ok: true; readonly post: Post } | ({ readonly ok: false } & PostRefusal);

/** What a post may speak of. */
export type PostSources = { readonly history: RoomHistory; readonly images: ImageStore };

const refuse = (status: PostRefusal['status'], code: ApiErrorCode): PostResult => ({ ok: false, status, code });

const transactionId = z.string().regex(/^[\w.~-]{1,100}$/u);
const knownId = z
  .string()
  .min(1)
  .max(200)
  .transform((text): EventId => eventId(text));
const from = { transactionId, name: z.string().max(200) };

const fileKey = new RegExp(`^[0-9a-f]{64}\\.(?:${fileExtensions.join('|')})$`, 'u');
const attachmentForm = z.strictObject({ key: z.string().regex(fileKey), name: z.string().max(1000) });
const messageForm = z.strictObject({
  ...from,
  text: z.string(),
  threadId: knownId.optional(),
  replyTo: knownId.optional(),
  attachment: attachmentForm.optional(),
});
const reactionForm = z.strictObject({ ...from, target: knownId, emoji: z.string().regex(/^\S{1,32}$/u) });
const redactionForm = z.strictObject({ ...from, target: knownId });

export async function messagePost(json: unknown, { history, images }: PostSources): Promise<PostResult> {
  const form = messageForm.safeParse(json);
  if (!form.success) return refuse(400, 'bad_request');
  const person = personOf(form.data.name);
  if (person === undefined) return refuse(400, 'bad_name');
  const text = form.data.text.toWellFormed();
  const { threadId, replyTo, attachment: sent } = form.data;
  if (text.trim() === '' && sent === undefined) return refuse(400, 'empty_text');
  if ([threadId, replyTo].some((id) => id !== undefined && history.get(id) === undefined)) return refuse(404, 'not_found');
  const place = { ...(threadId !== undefined && { threadId }), ...(replyTo !== undefined && { replyTo }) };
  const attachment = sent === undefined ? undefined : await knownUpload(images, sent.key, sent.name);
  if (sent !== undefined && attachment === undefined) return refuse(404, 'file_missing');
  const body: PersonBody = { kind: 'message', ...person, text, ...place, ...(attachment !== undefined && { attachment }) };
  return { ok: true, post: { transactionId: form.data.transactionId, body } };
}

export function reactionPost(json: unknown, { history }: PostSources): PostResult {
  const form = reactionForm.safeParse(json);
  if (!form.success) return refuse(400, 'bad_request');
  const person = personOf(form.data.name);
  if (person === undefined) return refuse(400, 'bad_name');
  const { target, emoji } = form.data;
  if (history.get(target) === undefined) return refuse(404, 'not_found');
  return {
    ok: true,
    post: { transactionId: form.data.transactionId, body: { kind: 'reaction', ...person, target, emoji: emoji.toWellFormed() } },
  };
}

/** People take back their own messages only: the one behind a name is who chose that name. */
export function redactionPost(json: unknown, { history }: PostSources): PostResult {
  const form = redactionForm.safeParse(json);
  if (!form.success) return refuse(400, 'bad_request');
  const person = personOf(form.data.name);
  if (person === undefined) return refuse(400, 'bad_name');
  const { target } = form.data;
  const event = history.get(target);
  if (event === undefined) return refuse(404, 'not_found');
  const body = roomBody(event);
  if (body.kind !== 'message' || body.sender !== person.sender) return refuse(403, 'not_yours');
  return { ok: true, post: { transactionId: form.data.transactionId, body: { kind: 'redaction', sender: person.sender, target } } };
}

function personOf(typed: string): { readonly sender: UserId; readonly senderName: string } | undefined {
  const senderName = displayName(typed.toWellFormed());
  return senderName === undefined || isBotName(senderName) ? undefined : { sender: userIdOf(senderName), senderName };
}
