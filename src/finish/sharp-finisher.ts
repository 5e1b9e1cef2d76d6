import { encode as encodeBlurhash } from 'blurhash';
import type { Sharp } from 'sharp';
import { noOptionalLayers, type MarkWishes, type OptionalLayer, type Watermark } from '#core/marks-port.ts';
import type { FinishedPicture, PictureFinisher, Pixels } from '#core/ports.ts';
import type { FileSigner } from '#src/finish/file-signer.ts';
import { markPng } from '#src/finish/marks.ts';
import { withParameters } from '#src/finish/parameters-chunk.ts';
import { onPaper, openPixels, shareTheCores, withAlpha } from '#src/finish/raw-pixels.ts';
import { payloadText } from '#src/finish/watermark-payload.ts';
import { xmpPacket } from '#src/finish/xmp.ts';

/** Longest side of the thumbnail; smaller pictures keep their size. */
const thumbnailSidePx = 400;
/** Longest side of what the blurhash is computed from: its few waves need no more. */
const blurhashSidePx = 32;
const blurhashComponents = [4, 3] as const;

/** Adaptive filtering halves the file at the same time; a higher level costs twice the time for 3 % (1024², measured). */
const pngSettings = { compressionLevel: 3, adaptiveFiltering: true } as const;

type Picture = Pixels & { readonly alpha?: Uint8Array };

/** `payload` is absent where there is no mark, such as in a picture that is too small for one. */
type Marked = Pixels & { readonly payload?: bigint };

/** A watermark and what it says of a picture. */
export type Marker = { readonly watermark: Watermark; readonly payloadOf: (picture: Pixels) => Promise<bigint> };

export type FinisherOptions = {
  readonly threads?: number;
  /** Where it is left out, no picture gets the layer, whatever is wished; the same for `signer`. */
  readonly marker?: Marker;
  readonly signer?: FileSigner;
};

/**
 * RGB pixels → marked PNG, marked JPEG thumbnail and blurhash; with alpha, the PNG has it too. Equal pixels and wishes give equal bytes.
 * Each layer of origin goes over the ones before: watermark, XMP, words, manifest.
 * Throws a `TypeError` if the number of pixels is not width × height × 3, or that of alpha not width × height.
 */
export class SharpFinisher implements PictureFinisher {
  readonly #options: FinisherOptions;

  constructor(options: FinisherOptions = {}) {
    this.#options = options;
    shareTheCores(options.threads);
  }

  async finish(picture: Picture, wishes: MarkWishes = noOptionalLayers): Promise<FinishedPicture> {
    const startedMs = performance.now();
    const { payload, ...marked } = wishes.watermark ? await this.#mark(picture) : unmarked(picture);
    const flat = picture.alpha === undefined ? marked : await onPaper(marked, picture.alpha);
    const [png, thumbnail, blurhash] = await Promise.all([toPng({ ...picture, ...marked }), toThumbnail(flat), toBlurhash(flat)]);
    const words = wishes.prompt ? wishes.parameters : undefined;
    const worded = words === undefined ? png : withParameters(png, words);
    const signed = wishes.manifest ? await this.#sign(worded, thumbnail.jpeg, wishes.model) : undefined;
    const layers: Readonly<Record<OptionalLayer, boolean>> = {
      manifest: signed !== undefined,
      watermark: payload !== undefined,
      prompt: words !== undefined,
    };
    return {
      png: signed?.png ?? worded,
      thumbnail: { ...thumbnail, jpeg: signed?.jpeg ?? thumbnail.jpeg },
      blurhash,
      encodeMs: performance.now() - startedMs,
      marks: (Object.keys(layers) as OptionalLayer[]).filter((layer) => layers[layer]),
      ...(payload === undefined ? {} : { watermark: payloadText(payload) }),
    };
  }

  async watermarked(picture: Pixels): Promise<Pixels> {
    const { pixels, widthPx, heightPx } = await this.#mark(picture);
    return { pixels, widthPx, heightPx };
  }

  async #mark(given: Pixels): Promise<Marked> {
    const { marker } = this.#options;
    const picture = unmarked(given);
    if (marker === undefined) return picture;
    const payload = await marker.payloadOf(picture);
    const marked = await marker.watermark.embed(picture, payload);
    return marked.pixels === given.pixels ? picture : { ...marked, payload };
  }

  /** Both or none, so that what is told of a picture is true of its thumbnail. */
  async #sign(png: Uint8Array, jpeg: Uint8Array, model: string | undefined) {
    const { signer } = this.#options;
    const signed = await signer?.sign(png, 'image/png', model);
    const thumbnail = signed === undefined ? undefined : await signer?.sign(jpeg, 'image/jpeg', model);
    return signed === undefined || thumbnail === undefined ? undefined : { png: signed, jpeg: thumbnail };
  }
}

const unmarked = ({ pixels, widthPx, heightPx }: Picture): Marked => ({ pixels, widthPx, heightPx });

const open = ({ alpha, ...picture }: Picture): Sharp => (alpha === undefined ? openPixels(picture) : withAlpha(picture, alpha));

const toPng = async (picture: Picture): Promise<Uint8Array> => markPng(await open(picture).png(pngSettings).toBuffer());

const toThumbnail = async (picture: Pixels): Promise<FinishedPicture['thumbnail']> => {
  const { data: jpeg, info } = await openPixels(picture)
    .resize(thumbnailSidePx, thumbnailSidePx, { fit: 'inside', withoutEnlargement: true })
    .withXmp(xmpPacket)
    .jpeg({ quality: 85 })
    .toBuffer({ resolveWithObject: true });
  return { jpeg, widthPx: info.width, heightPx: info.height };
};

const toBlurhash = async (picture: Pixels): Promise<string> => {
  const { data, info } = await openPixels(picture)
    .resize(blurhashSidePx, blurhashSidePx, { fit: 'inside', withoutEnlargement: true, kernel: 'linear' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encodeBlurhash(new Uint8ClampedArray(data), info.width, info.height, ...blurhashComponents);
};
