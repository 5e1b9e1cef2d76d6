import sharp from 'sharp';
import type { ContactSheet, Pixels } from '#core/ports.ts';
import { openPixels, readPixels, type Size } from '#src/finish/raw-pixels.ts';
import { Canvas, type Box, type Colour } from '#src/finish/sheet/canvas.ts';
import { drawable } from '#src/finish/sheet/fit-text.ts';
import { fontMetrics } from '#src/finish/sheet/font-metrics.ts';
import { layOut, textShare, type TextTone } from '#src/finish/sheet/layout.ts';
import { drawLine } from '#src/finish/sheet/text-image.ts';

const background: Colour = [21, 23, 28];
/** Beside pictures that do not fill their cell, and under what is transparent. */
const empty: Colour = [33, 36, 43];
const tones = {
  strong: [244, 245, 247],
  quiet: [176, 182, 194],
} as const satisfies Record<TextTone, Colour>;

/** Where it has the size already, nothing is done to it. */
async function fitted(made: Uint8Array | Pixels, { widthPx, heightPx }: Size): Promise<Pixels> {
  const isPixels = !(made instanceof Uint8Array);
  if (isPixels && made.widthPx === widthPx && made.heightPx === heightPx) return made;
  const opened = isPixels ? openPixels(made) : sharp(made).flatten({ background: { r: empty[0], g: empty[1], b: empty[2] } });
  return readPixels(opened.resize(widthPx, heightPx, { fit: 'inside' }));
}

/** In the middle, as large as a note, smaller where the cell is narrow. */
async function writeInto(canvas: Canvas, { left, top, widthPx, heightPx }: Box, text: string): Promise<void> {
  const line = drawable(text, 'regular');
  if (line === '') return;
  const largestPx = canvas.widthPx * textShare.note;
  const sizePx = Math.max(1, Math.floor(Math.min(largestPx, (0.9 * widthPx) / fontMetrics('regular').width(line))));
  const image = await drawLine(line, 'regular', sizePx);
  canvas.text(image, left + Math.floor((widthPx - image.widthPx) / 2), top + Math.floor(heightPx / 2 + 0.36 * sizePx), tones.quiet);
}

/**
 * All pictures of a batch on one dark sheet, 960 to 2,400 pixels wide, in even cells, with their names, notes, styles and a title.
 * Texts that are too long are cut. Throws a `TypeError` where there are no tiles or no columns.
 */
export const paintContactSheet = async ({
  title,
  footer,
  columns,
  tiles,
  rowLabels = [],
  withheld = '',
}: ContactSheet): Promise<Pixels> => {
  if (tiles.length === 0 || columns < 1) throw new TypeError(`a contact sheet of ${tiles.length} tiles in ${columns} columns`);
  const layout = layOut(columns, tiles, {
    title,
    footer,
    cells: tiles.map(({ cell }) => cell),
    notes: tiles.map(({ note }) => note),
    rowLabels,
  });
  const canvas = new Canvas(layout.widthPx, layout.heightPx, background);

  for (const { text, weight, sizePx, left, baseline, tone } of layout.texts)
    canvas.text(await drawLine(text, weight, sizePx), left, baseline, tones[tone]);

  for (const [index, { read }] of tiles.entries()) {
    const cell = layout.cells[index]!;
    // Painted one after the other, each once it is there: twenty large pictures at once would need a gigabyte.
    const made = await read();
    if (made === undefined) {
      canvas.fill(cell, layout.radiusPx, empty);
      await writeInto(canvas, cell, withheld);
      continue;
    }
    const picture = await fitted(made, cell);
    if (picture.widthPx < cell.widthPx || picture.heightPx < cell.heightPx) canvas.fill(cell, layout.radiusPx, empty);
    const left = cell.left + Math.floor((cell.widthPx - picture.widthPx) / 2);
    const top = cell.top + Math.floor((cell.heightPx - picture.heightPx) / 2);
    canvas.picture(picture, left, top, layout.radiusPx);
  }
  return { pixels: canvas.pixels, widthPx: canvas.widthPx, heightPx: canvas.heightPx };
};
