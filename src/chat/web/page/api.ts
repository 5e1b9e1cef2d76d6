/** The room's HTTP interface as the page uses it; `routes.ts` on the other side describes it. */
import type { ShownVocabulary } from '#core/render-vocabulary.ts';
import type { ApiError, ApiErrorCode, Gallery, GalleryEntry, RoomStatus, Upload, WireEvent } from '../events.ts';

/** The room refused; `message` is a sentence for people. `code` is `unreachable` when it did not answer at all. */
export class RoomRefusal extends Error {
  readonly code: ApiErrorCode | 'unreachable';

  constructor(code: ApiErrorCode | 'unreachable', message: string) {
    super(message);
    this.code = code;
  }
}

export const newTransactionId = (): string => {
  // `randomUUID` exists only on https and loopback; a room in a container may be neither.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

export type MessagePost = {
  readonly transactionId: string;
  readonly name: string;
  readonly text: string;
  readonly threadId?: string;
  readonly replyTo?: string;
  readonly attachment?: Pick<Upload, 'key' | 'name'>;
};

/** To be named by a message afterwards. */
export async function uploadFile(file: File): Promise<Upload> {
  const path = `/api/uploads?name=${encodeURIComponent(file.name)}`;
  return answer<Upload>(await reach(path, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file }));
}

export const postMessage = (post: MessagePost): Promise<WireEvent> => send<WireEvent>('/api/messages', post);

export const postReaction = (name: string, target: string, emoji: string): Promise<WireEvent> =>
  send<WireEvent>('/api/reactions', { transactionId: newTransactionId(), name, target, emoji });

export const postRedaction = (name: string, target: string): Promise<WireEvent> =>
  send<WireEvent>('/api/redactions', { transactionId: newTransactionId(), name, target });

export async function eventsBefore(sequence: number): Promise<readonly WireEvent[]> {
  return (await answer<{ events: WireEvent[] }>(await fetch(`/api/events?before=${sequence}`))).events;
}

export async function newestEvents(): Promise<readonly WireEvent[]> {
  return (await answer<{ events: WireEvent[] }>(await reach('/api/events'))).events;
}

export const roomStatus = async (): Promise<RoomStatus> => answer<RoomStatus>(await reach('/api/status'));

export const vocabulary = async (): Promise<ShownVocabulary> => answer<ShownVocabulary>(await reach('/api/vocabulary'));

export const gallery = async (): Promise<readonly GalleryEntry[]> => (await answer<Gallery>(await reach('/api/gallery'))).entries;

export const fileUrl = (key: string, name: string): string => `/api/files/${key}?name=${encodeURIComponent(name)}`;

export const imageUrl = (key: string): string => `/api/images/${key}`;

const send = async <Answer>(path: string, body: object): Promise<Answer> =>
  answer<Answer>(await reach(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }));

async function reach(path: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new RoomRefusal('unreachable', '');
  }
}

async function answer<Answer>(response: Response): Promise<Answer> {
  if (response.ok) return (await response.json()) as Answer;
  const refused = (await response.json().catch(() => undefined)) as ApiError | undefined;
  throw new RoomRefusal(refused?.error.code ?? 'internal', refused?.error.message ?? '');
}
