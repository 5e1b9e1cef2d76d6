/** Pictures that nobody has the rights of: drawn by rules and chance, in several manners and sizes. */
import sharp from 'sharp';
import type { Pixels } from '#core/ports.ts';
import { readPixels } from '#src/finish/raw-pixels.ts';
import { chance, type Chance } from './chance.ts';

type Size = { readonly widthPx: number; readonly heightPx: number };

const sizes: readonly Size[] = [
  { widthPx: 512, heightPx: 512 },
  { widthPx: 640, heightPx: 480 },
  { widthPx: 384, heightPx: 576 },
  { widthPx: 720, heightPx: 405 },
];

export const manners = ['shapes', 'landscape', 'weave', 'clouds', 'page', 'emblem'] as const;

/** Number `index` of all there are; the same every time. */
export const artwork = async (index: number): Promise<Pixels> => {
  const luck = chance('art', index);
  const size = luck.oneOf(sizes);
  const manner = manners[index % manners.length]!;
  return manner === 'clouds' ? clouds(size, luck) : painted(size, bodies[manner](size, luck));
};

const painted = async ({ widthPx, heightPx }: Size, body: string): Promise<Pixels> =>
  readPixels(
    sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">${body}</svg>`)).flatten({
      background: '#ffffff',
    }),
  );

const hsl = (hue: number, saturation: number, lightness: number): string =>
  `hsl(${Math.round(hue % 360)},${Math.round(saturation)}%,${Math.round(lightness)}%)`;
const anyColour = ({ between }: Chance): string => hsl(between(0, 360), between(20, 95), between(15, 85));
const paper = (fill: string): string => `<rect width="100%" height="100%" fill="${fill}"/>`;
const many = (count: number, draw: (at: number) => string): string => Array.from({ length: count }, (_, at) => draw(at)).join('');

const shapes = ({ widthPx, heightPx }: Size, luck: Chance): string => {
  const one = (): string => {
    const [x, y, r] = [luck.between(0, widthPx), luck.between(0, heightPx), luck.between(0.02, 0.22) * widthPx];
    const fill = `fill="${anyColour(luck)}" fill-opacity="${luck.between(0.5, 1).toFixed(2)}"`;
    const kind = luck.whole(0, 2);
    if (kind === 0) return `<circle cx="${x}" cy="${y}" r="${r}" ${fill}/>`;
    if (kind === 1)
      return `<rect x="${x - r}" y="${y - r / 2}" width="${2 * r}" height="${r}" transform="rotate(${luck.whole(0, 179)} ${x} ${y})" ${fill}/>`;
    const points = many(luck.whole(3, 7), () => `${x + luck.between(-r, r)},${y + luck.between(-r, r)} `);
    return `<polygon points="${points}" ${fill}/>`;
  };
  return paper(anyColour(luck)) + many(luck.whole(12, 60), one);
};

const landscape = ({ widthPx, heightPx }: Size, luck: Chance): string => {
  const hue = luck.between(0, 360);
  const sky = `<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="${hsl(hue, 60, luck.between(20, 70))}"/><stop offset="1" stop-color="${hsl(hue + luck.between(20, 90), 70, luck.between(60, 90))}"/></linearGradient></defs>${paper('url(#s)')}`;
  const sun = `<circle cx="${luck.between(0, widthPx)}" cy="${luck.between(0.05, 0.5) * heightPx}" r="${luck.between(0.03, 0.12) * widthPx}" fill="${hsl(luck.between(0, 60), 90, 80)}"/>`;
  const ridges = luck.whole(3, 6);
  const ridge = (at: number): string => {
    const base = heightPx * (0.4 + (0.55 * at) / ridges);
    const rough = heightPx * luck.between(0.03, 0.2);
    const points = many(25, (x) => `${(x * widthPx) / 24},${base + luck.between(-rough, rough)} `);
    return `<polygon points="0,${heightPx} ${points}${widthPx},${heightPx}" fill="${hsl(hue + at * 14, 40, 62 - at * 9)}"/>`;
  };
  const tree = (): string => {
    const [x, y, h] = [luck.between(0, widthPx), heightPx * luck.between(0.6, 1), heightPx * luck.between(0.08, 0.3)];
    return `<polygon points="${x},${y - h} ${x - h / 4},${y} ${x + h / 4},${y}" fill="${hsl(luck.between(80, 160), 45, luck.between(12, 35))}"/>`;
  };
  return sky + sun + many(ridges, ridge) + many(luck.whole(0, 14), tree);
};

const weave = ({ widthPx, heightPx }: Size, luck: Chance): string => {
  const line = (): string => {
    const point = (): string => `${luck.between(-0.2, 1.2) * widthPx} ${luck.between(-0.2, 1.2) * heightPx}`;
    return `<path d="M${point()} C${point()},${point()},${point()}" fill="none" stroke="${anyColour(luck)}" stroke-width="${luck.between(2, 26)}"/>`;
  };
  return paper(anyColour(luck)) + many(luck.whole(10, 40), line);
};

/** Lines of bars in columns, as a page of text looks from afar. */
const page = ({ widthPx, heightPx }: Size, luck: Chance): string => {
  const columns = luck.whole(1, 3);
  const lineHeight = luck.between(9, 18);
  const column = (at: number): string => {
    const left = widthPx * (0.06 + (0.9 * at) / columns);
    const wide = (widthPx * 0.82) / columns;
    return many(Math.floor((heightPx * luck.between(0.5, 0.85)) / lineHeight), (row) => {
      if (luck.next() < 0.12) return '';
      return `<rect x="${left}" y="${heightPx * 0.1 + row * lineHeight}" width="${wide * luck.between(0.4, 1)}" height="${lineHeight * 0.5}" fill="#333"/>`;
    });
  };
  const picture = `<rect x="${luck.between(0.1, 0.5) * widthPx}" y="${luck.between(0.2, 0.6) * heightPx}" width="${luck.between(0.2, 0.45) * widthPx}" height="${luck.between(0.15, 0.3) * heightPx}" fill="${anyColour(luck)}"/>`;
  return paper(hsl(luck.between(30, 60), 30, luck.between(90, 99))) + many(columns, column) + picture;
};

/** Few large shapes on plain paper: what has little to be told by. */
const emblem = ({ widthPx, heightPx }: Size, luck: Chance): string => {
  const [x, y, r] = [
    widthPx * luck.between(0.35, 0.65),
    heightPx * luck.between(0.35, 0.65),
    Math.min(widthPx, heightPx) * luck.between(0.15, 0.4),
  ];
  const rays = luck.whole(3, 11);
  const star = many(rays * 2, (at) => {
    const radius = at % 2 === 0 ? r : r * luck.between(0.3, 0.7);
    const angle = (Math.PI * at) / rays + luck.between(-0.1, 0.1);
    return `${x + radius * Math.cos(angle)},${y + radius * Math.sin(angle)} `;
  });
  const eye = `<circle cx="${x + luck.between(-0.3, 0.3) * r}" cy="${y + luck.between(-0.3, 0.3) * r}" r="${r * luck.between(0.1, 0.35)}" fill="${anyColour(luck)}"/>`;
  return `${paper('#ffffff')}<polygon points="${star}" fill="${anyColour(luck)}"/>${eye}`;
};

const bodies = { shapes, landscape, weave, page, emblem } as const;

/** Noise in octaves, smoothed and coloured. */
const clouds = async ({ widthPx, heightPx }: Size, luck: Chance): Promise<Pixels> => {
  const side = luck.whole(4, 14);
  const tiny = Buffer.from(Array.from({ length: side * side * 3 }, () => luck.whole(0, 255)));
  const fine = Buffer.from(Array.from({ length: side * side * 48 }, () => luck.whole(96, 160)));
  const large = sharp(tiny, { raw: { width: side, height: side, channels: 3 } }).resize(widthPx, heightPx, {
    fit: 'fill',
    kernel: 'cubic',
  });
  const small = await sharp(fine, { raw: { width: side * 4, height: side * 4, channels: 3 } })
    .resize(widthPx, heightPx, { fit: 'fill', kernel: 'cubic' })
    .png()
    .toBuffer();
  return readPixels(
    sharp(
      await large
        .composite([{ input: small, blend: 'soft-light' }])
        .png()
        .toBuffer(),
    ),
  );
};
