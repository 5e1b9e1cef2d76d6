/** What is put over a picture or around it, as SVG; letters in the font that comes with the program. */
import sharp from 'sharp';
import { fontFile } from '#src/finish/fonts.ts';
import type { Chance } from './chance.ts';

type Size = { readonly widthPx: number; readonly heightPx: number };
type Placed = { readonly input: Buffer; readonly left: number; readonly top: number };

const words = [
  'SALE',
  'when it is Monday again',
  'good morning',
  'me, every day',
  'NEW!',
  'see you there',
  'no way',
  'the end',
  'Freitag',
  'hello',
];

/** White letters on a band that covers `part` of the height, above or below. */
export const captionBand = async ({ widthPx, heightPx }: Size, part: number, chance: Chance): Promise<readonly Placed[]> => {
  const bandPx = Math.max(8, Math.round(heightPx * part));
  const ink = chance.next() < 0.5 ? '#ffffff' : '#111111';
  const paper = ink === '#ffffff' ? '#111111' : '#ffffff';
  const top = chance.next() < 0.5 ? 0 : heightPx - bandPx;
  const text = await letters(chance.oneOf(words), Math.round(widthPx * 0.9), Math.round(bandPx * 0.7), ink);
  return [
    { input: svg(widthPx, bandPx, `<rect width="100%" height="100%" fill="${paper}"/>`), left: 0, top },
    { input: text.png, left: Math.floor((widthPx - text.widthPx) / 2), top: top + Math.floor((bandPx - text.heightPx) / 2) },
  ];
};

/** A round yellow face of `part` of the shorter side, anywhere. */
export const sticker = ({ widthPx, heightPx }: Size, part: number, chance: Chance): Placed => {
  const sidePx = Math.max(6, Math.round(Math.min(widthPx, heightPx) * part));
  const face =
    '<circle cx="50" cy="50" r="48" fill="#ffcc33" stroke="#aa7711" stroke-width="3"/>' +
    '<circle cx="33" cy="38" r="7" fill="#442200"/><circle cx="67" cy="38" r="7" fill="#442200"/>' +
    '<path d="M25 60 Q50 90 75 60" fill="none" stroke="#442200" stroke-width="6"/>';
  return {
    input: svg(sidePx, sidePx, face, '0 0 100 100'),
    left: chance.whole(0, widthPx - sidePx),
    top: chance.whole(0, heightPx - sidePx),
  };
};

/** A bar with an address above and a bar with buttons below, as a telephone shows them. */
export const telephoneBars = ({ widthPx, heightPx }: Size, topPx: number, bottomPx: number): Buffer => {
  const buttons = [0.2, 0.4, 0.6, 0.8]
    .map((at) => `<circle cx="${at * widthPx}" cy="${heightPx - bottomPx / 2}" r="${bottomPx * 0.25}" fill="#7788aa"/>`)
    .join('');
  return svg(
    widthPx,
    heightPx,
    `<rect width="${widthPx}" height="${topPx}" fill="#f2f2f5"/>` +
      `<rect x="${widthPx * 0.1}" y="${topPx * 0.25}" width="${widthPx * 0.7}" height="${topPx * 0.5}" rx="${topPx * 0.25}" fill="#dcdce4"/>` +
      `<rect y="${heightPx - bottomPx}" width="${widthPx}" height="${bottomPx}" fill="#f2f2f5"/>${buttons}`,
  );
};

/** Dark towards the corners. */
export const vignette = ({ widthPx, heightPx }: Size, opacity: number): Buffer =>
  svg(
    widthPx,
    heightPx,
    `<defs><radialGradient id="v"><stop offset="0.45" stop-color="#000" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity="${opacity}"/></radialGradient></defs><rect width="100%" height="100%" fill="url(#v)"/>`,
  );

const svg = (widthPx: number, heightPx: number, body: string, viewBox = `0 0 ${widthPx} ${heightPx}`): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" viewBox="${viewBox}" preserveAspectRatio="none">${body}</svg>`,
  );

const letters = async (text: string, mostWidthPx: number, mostHeightPx: number, ink: string): Promise<Size & { readonly png: Buffer }> => {
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${ink}">${text}</span>`,
      fontfile: fontFile('bold'),
      width: mostWidthPx,
      height: mostHeightPx,
      rgba: true,
    },
  })
    .resize({ width: mostWidthPx, height: mostHeightPx, fit: 'inside', withoutEnlargement: true })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { png: data, widthPx: info.width, heightPx: info.height };
};
