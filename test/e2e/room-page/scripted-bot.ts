/** Plays the bot in a local room: acknowledgement, progress, pictures and timing line, as the real use cases send them. */
import { setTimeout as delay } from 'node:timers/promises';

import { encode } from 'blurhash';
import sharp from 'sharp';

import type { Delivery, ImageStore } from '#core/ports.ts';
import { bold, code, muted, paragraph, type RichText, type Span } from '#core/rich-text.ts';
import { cellName } from '#core/job-names.ts';
import { jobId, type EventId, type StoredImage } from '#core/types.ts';
import type { IncomingEvent } from '#core/incoming.ts';
import { localRoomId, type LocalRoom } from '#src/chat/web/local-room.ts';

export type PaintedPicture = { readonly png: Uint8Array; readonly seed: number };

/** How the bot answers; everything has a default. */
export type BotScript = {
  readonly images: () => ImageStore;
  /** PNG files for a prompt. */
  readonly paint?: (prompt: string, count: number) => Promise<readonly PaintedPicture[]>;
  readonly stepMs?: number;
  readonly steps?: number;
  /** Stops after the progress reached this part, and never ends. */
  readonly stopAt?: number;
};

let deliveries = 0;
let jobs = 0;

export class ScriptedBot {
  readonly #script: BotScript;
  readonly #answers: Promise<void>[] = [];

  constructor(script: BotScript) {
    this.#script = script;
  }

  hear(event: IncomingEvent, room: LocalRoom): void {
    if (event.kind !== 'message' || !/^!(?:img|bild)\s/u.test(event.text)) return;
    const command = event.text.replace(/^\S+\s+/u, '');
    // As the real one: the event is stored first, the answer comes later.
    this.#answers.push(delay(0).then(() => answer(this.#script, room, command, event.threadId ?? event.eventId)));
  }

  /** Resolves when everything was answered; rejects with what went wrong on the way. */
  async finished(): Promise<void> {
    await Promise.all(this.#answers);
  }
}

async function answer(script: BotScript, room: LocalRoom, command: string, threadId: EventId): Promise<void> {
  const send = (content: Delivery['content'], event: Delivery['event']): Promise<EventId> =>
    room.send({ transactionId: `bot-${(deliveries += 1)}`, roomId: localRoomId, threadId, content, ...(event !== undefined && { event }) });
  const text = (...parts: readonly (string | Span)[]): RichText => [paragraph(...parts)];

  const unknown = /--(?!n\b|sheet\b|columns\b)(\w+)/u.exec(command)?.[1];
  if (unknown !== undefined) {
    await send(
      { kind: 'text', text: text('There is no flag ', code(`--${unknown}`), '. Did you mean ', code('--seed'), '?') },
      { type: 'error', code: 'unknown_flag' },
    );
    return;
  }
  if (/^export\b/u.test(command)) {
    const bytes = new TextEncoder().encode('name,prompt,negative_prompt\nwatercolor,"{prompt}, watercolor",photo\n');
    const file = { key: await script.images().put(bytes, 'csv'), name: 'styles.csv', bytes: bytes.length, mimeType: 'text/csv' };
    await send({ kind: 'file', file, caption: text('8 styles, for A1111 and for ', code('!img style import'), '.') }, { type: 'text' });
    return;
  }
  if (/^many\b/u.test(command)) {
    const question = text('That makes ', bold('40 pictures'), ' and takes about 2 minutes. React with 👍 to go on.');
    const asked = await send({ kind: 'text', text: question }, { type: 'ask' });
    await send({ kind: 'reaction', target: asked, emoji: '👍' }, undefined);
    return;
  }
  const count = Number(/--n (\d+)/u.exec(command)?.[1] ?? 1);
  const prompt = command.replace(/\s*--(?:n \d+|sheet)/gu, '');
  const id = jobId(`k${(7 + (jobs += 1)).toString(36)}f3`);
  const ack = await send({ kind: 'text', text: text(bold(id), ' is next, ready in about 3 s.') }, { type: 'ack', jobId: id, progress: 0 });
  const steps = script.steps ?? 4;
  for (let step = 1; step <= steps; step += 1) {
    await delay(script.stepMs ?? 120);
    const progress = step / steps;
    const line = text(bold(id), ` is drawing: step ${step} of ${steps}, ${((steps - step) * 0.4).toFixed(1)} s to go`);
    await send({ kind: 'edit', target: ack, text: line }, { type: 'progress', jobId: id, progress });
    if (script.stopAt !== undefined && progress >= script.stopAt) return;
  }
  const painted = await (script.paint ?? paintShapes)(prompt, count);
  for (const [index, picture] of painted.entries()) {
    const image = await store(script.images(), picture, index);
    const cell = cellName(index);
    const facts = `seed ${image.seed} · 256×256 · 1.2 s · AI-generated`;
    const caption: RichText = [paragraph(bold(`${id}/${cell}`), ` ${prompt} `, muted(facts))];
    await send(
      { kind: 'image', image, fileName: `${id}-${cell}.png`, caption, altText: prompt },
      { type: 'image', jobId: id, timings: image.timings },
    );
  }
  const size = '256×256';
  if (/--sheet\b/u.test(command)) {
    const image = await store(script.images(), await contactSheet(painted, `${id} · ${prompt}`), 0);
    const caption = text(bold(id), ` ${prompt} `, muted(`${painted.length} pictures · AI-generated`));
    await send(
      { kind: 'image', image, fileName: `${id}-sheet.png`, caption, altText: `Contact sheet: ${prompt}` },
      { type: 'sheet', jobId: id },
    );
  }
  const done = text(
    bold(count === 1 ? `1 image ${size} in 1.24 s` : `${count} images ${size} in ${(count * 1.21).toFixed(1)} s`),
    `${count === 1 ? '' : ' · 1.21 s each'} · waited 40 ms · text 12 ms · denoise ${(count * 0.98).toFixed(2)} s · decode ${count * 180} ms · encode ${count * 22} ms · Blitzbild Mini · CPU`,
  );
  await send({ kind: 'edit', target: ack, text: done }, { type: 'done', jobId: id });
}

/** Stands in for the real sheet, which has a legend as well: tiles in rows of five. */
async function contactSheet(painted: readonly PaintedPicture[], title: string): Promise<PaintedPicture> {
  const columns = Math.min(5, painted.length);
  const [widthPx, heightPx] = [columns * 270 + 14, Math.ceil(painted.length / columns) * 296 + 60];
  const words = (x: number, y: number, size: number, line: string): string =>
    `<text x="${x}" y="${y}" font-family="sans-serif" font-size="${size}" fill="#222">${line.replace(/[<&]/gu, '')}</text>`;
  const labels = painted.map(({ seed }, index) =>
    words(14 + (index % columns) * 270, 60 + Math.floor(index / columns) * 296 + 278, 18, `${cellName(index)} · seed ${seed}`),
  );
  const legend = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">${words(14, 38, 26, title)}${labels.join('')}</svg>`;
  const tiles = painted.map(({ png }, index) => ({
    input: Buffer.from(png),
    left: 14 + (index % columns) * 270,
    top: 60 + Math.floor(index / columns) * 296,
  }));
  const ground = sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#fff' } });
  return {
    png: await ground
      .composite([...tiles, { input: Buffer.from(legend) }])
      .png()
      .toBuffer(),
    seed: 0,
  };
}

async function store(images: ImageStore, { png, seed }: PaintedPicture, index: number): Promise<StoredImage> {
  const { data, info } = await sharp(png).resize(32, 32).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = await sharp(png).metadata();
  const jpeg = await sharp(png).jpeg().toBuffer();
  return {
    key: await images.put(png, 'png'),
    index,
    seed,
    widthPx: width,
    heightPx: height,
    bytes: png.length,
    mimeType: 'image/png',
    thumbnail: { key: await images.put(jpeg, 'jpg'), widthPx: width, heightPx: height, bytes: jpeg.length, mimeType: 'image/jpeg' },
    blurhash: encode(new Uint8ClampedArray(data), info.width, info.height, 4, 4),
    timings: { textMs: 12, denoiseMs: 980, decodeMs: 180, encodeMs: 22 },
  };
}

/** Circles before a colour: different for every seed, and quick. */
async function paintShapes(prompt: string, count: number): Promise<readonly PaintedPicture[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const seed = prompt.length * 100 + index;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="hsl(${(seed * 47) % 360} 60% 70%)"/><circle cx="128" cy="128" r="${50 + index * 8}" fill="hsl(${(seed * 91) % 360} 70% 45%)"/></svg>`;
      return { png: await sharp(Buffer.from(svg)).png().toBuffer(), seed };
    }),
  );
}
