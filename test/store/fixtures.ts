import { eventId, jobId, roomId, userId, type ImageRequest, type Job, type StoredImage, imageKey } from '#core/types.ts';

export const request = (overrides: Partial<ImageRequest> = {}): ImageRequest => ({
  prompt: 'a red fox',
  negativePrompt: '',
  count: 1,
  seed: 42,
  widthPx: 256,
  heightPx: 256,
  steps: 8,
  guidanceScale: 2,
  quality: 'fast',
  model: 'embedded',
  ...overrides,
});

type Overrides = {
  readonly count?: number;
  readonly prompt?: string;
  readonly room?: string;
  readonly queuedAtMs?: number;
  readonly plan?: NonNullable<Job['plan']>;
  readonly task?: NonNullable<Job['task']>;
};

export const job = (id: string, person: string, { count = 1, prompt = 'a red fox', room = '!room', ...rest }: Overrides = {}): Job => ({
  id: jobId(id),
  request: request({ count, prompt }),
  origin: { platform: 'room', roomId: roomId(room), eventId: eventId(`$command-${id}`), threadId: eventId(`$command-${id}`) },
  requestedBy: userId(person),
  language: 'en',
  queuedAtMs: 1000,
  ...rest,
});

export const image = (index: number): StoredImage => ({
  key: imageKey(`${'0'.repeat(63)}${index}.png`),
  index,
  seed: 42 + index,
  widthPx: 256,
  heightPx: 256,
  bytes: 1000,
  mimeType: 'image/png',
  thumbnail: { key: imageKey(`${'1'.repeat(63)}${index}.jpg`), widthPx: 200, heightPx: 200, bytes: 100, mimeType: 'image/jpeg' },
  blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
  timings: { textMs: 1, denoiseMs: 100, decodeMs: 20, encodeMs: 5 },
});
