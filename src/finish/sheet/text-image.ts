import sharp from 'sharp';
import { fontFamily, fontFile, type FontWeight } from '#src/finish/fonts.ts';
import { fontMetrics } from '#src/finish/sheet/font-metrics.ts';

/** How much of every pixel a text covers, [heightPx, widthPx] in 0 … 255. Its lower edge lies `descentPx` below the letters' base line. */
export type TextImage = {
  readonly coverage: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly descentPx: number;
};

/**
 * An unseen bar reaches below every letter: Pango cuts pictures of text to their letters, and without it «age» would hang higher than
 * «Age». The mark in front keeps the bar on the left of scripts that run to the left.
 */
const bar = '|';
const leftToRight = '\u200E';
const barAlpha = 'fgalpha="1"';
/** The lower end of the bar, below the base line, and its left edge, both in parts of the font's size. */
const descent = 0.236;
const barBearing = 0.127;

/** Names of cells and styles come again with every batch; drawing them takes longer than painting the pictures. */
const drawn = new Map<string, TextImage>();
const mostKept = 200;
const mostKeptBytes = 32_768;

/** One line of text. Everything in it is text, none of it markup. */
export async function drawLine(text: string, weight: FontWeight, sizePx: number): Promise<TextImage> {
  const key = `${weight} ${sizePx} ${text}`;
  const image = drawn.get(key) ?? (await render(text, weight, sizePx));
  drawn.delete(key);
  if (image.coverage.length <= mostKeptBytes) drawn.set(key, image);
  const [oldest] = drawn.keys();
  if (drawn.size > mostKept && oldest !== undefined) drawn.delete(oldest);
  return image;
}

async function render(text: string, weight: FontWeight, sizePx: number): Promise<TextImage> {
  const { data, info } = await sharp({
    text: {
      text: `${leftToRight}<span ${barAlpha}>${bar}</span>${escapeMarkup(text)}`,
      font: `${fontFamily}${weight === 'bold' ? ' Bold' : ''} ${sizePx}px`,
      fontfile: fontFile(weight),
      // With this resolution a point is a pixel.
      dpi: 72,
      rgba: true,
    },
  })
    .extractChannel(3)
    .raw()
    .toBuffer({ resolveWithObject: true });
  // The picture begins where the bar's ink does, the text where its advance ends.
  const skip = Math.min(info.width - 1, Math.round((fontMetrics(weight).width(bar) - barBearing) * sizePx));
  const widthPx = info.width - skip;
  const coverage = new Uint8Array(widthPx * info.height);
  for (let y = 0; y < info.height; y++) coverage.set(data.subarray(y * info.width + skip, (y + 1) * info.width), y * widthPx);
  return { coverage, widthPx, heightPx: info.height, descentPx: Math.round(descent * sizePx) };
}

/** Source: Pango's text attribute markup, which is XML. */
const escapeMarkup = (text: string): string =>
  text.replaceAll(/[<>&'"]/g, (sign) => `&#${String(sign.codePointAt(0))};`).replaceAll(/\p{Cc}/gu, ' ');
