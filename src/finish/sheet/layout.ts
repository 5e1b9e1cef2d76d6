/** Where everything on a contact sheet goes. Pure: sizes and texts in, places out. All lengths in pixels. */
import type { FontWeight } from '#src/finish/fonts.ts';
import type { Size } from '#src/finish/raw-pixels.ts';
import { breakLines, drawable } from '#src/finish/sheet/fit-text.ts';
import { fontMetrics } from '#src/finish/sheet/font-metrics.ts';
import type { Box } from '#src/finish/sheet/canvas.ts';

const narrowest = 960;
const widest = 2400;
const highest = 6000;

export type TextTone = 'strong' | 'quiet';
export type PlacedText = {
  readonly text: string;
  readonly weight: FontWeight;
  readonly sizePx: number;
  readonly left: number;
  readonly baseline: number;
  readonly tone: TextTone;
};
export type SheetLayout = Size & {
  readonly radiusPx: number;
  /** One per tile; the picture stands in its middle. */
  readonly cells: readonly Box[];
  readonly texts: readonly PlacedText[];
};

export type SheetTexts = {
  readonly title: string;
  readonly footer: string;
  readonly cells: readonly string[];
  readonly notes: readonly string[];
  readonly rowLabels: readonly string[];
};

/** Sizes of text as parts of the sheet's width: on a telephone, 360 points wide, the smallest is still as large as a footnote. */
export const textShare = { title: 1 / 23, rowLabel: 1 / 25, cell: 1 / 27, note: 1 / 36, footer: 1 / 38 } as const;
/** Long notes in narrow cells shrink to this before they are cut. */
const smallestNoteShare = 1 / 60;
const lineHeight = 1.25;

export const layOut = (columns: number, tiles: readonly Size[], texts: SheetTexts): SheetLayout => {
  const shape = cellShape(tiles);
  const largest = Math.max(...tiles.map(({ widthPx }) => widthPx));
  const wanted = Math.max(narrowest, narrowestFor(columns, largest));
  const layout = arrange(wanted, columns, shape, texts);
  return layout.heightPx <= highest ? layout : arrange(Math.floor((wanted * highest) / layout.heightPx), columns, shape, texts);
};

/** At this width small pictures stand pixel by pixel on the sheet; larger ones get as much as there is. */
const narrowestFor = (columns: number, picturePx: number): number => {
  let widthPx = Math.min(widest, columns * picturePx);
  while (widthPx < widest && gridOf(widthPx, columns).cellWidth < picturePx) widthPx++;
  return widthPx;
};

const gridOf = (widthPx: number, columns: number) => {
  const margin = Math.round(widthPx / 44);
  const gap = Math.round(widthPx / Math.max(84, 18 * columns));
  const innerPx = widthPx - 2 * margin;
  return { margin, gap, innerPx, cellWidth: Math.floor((innerPx - (columns - 1) * gap) / columns) };
};

/** Height by width of a cell that holds pictures of all these shapes at about the same area each. */
const cellShape = (tiles: readonly Size[]): number => {
  const roots = tiles.map(({ widthPx, heightPx }) => Math.sqrt(widthPx / heightPx));
  return 1 / (Math.max(...roots) * Math.min(...roots));
};

const arrange = (widthPx: number, columns: number, shape: number, given: SheetTexts): SheetLayout => {
  const { margin, gap, innerPx, cellWidth } = gridOf(widthPx, columns);
  const cellHeight = Math.max(1, Math.round(cellWidth * shape));
  const texts: PlacedText[] = [];
  const cells: Box[] = [];
  let y = margin;

  /** A block of lines over the whole width; `y` moves below it. */
  const write = (text: string, weight: FontWeight, share: number, mostLines: number, tone: TextTone): boolean => {
    const sizePx = Math.round(widthPx * share);
    const lines = breakLines(drawable(text, weight), { weight, sizePx, widthPx: innerPx, mostLines });
    for (const line of lines) {
      texts.push({ text: line, weight, sizePx, left: margin, baseline: Math.round(y + sizePx), tone });
      y += Math.round(lineHeight * sizePx);
    }
    return lines.length > 0;
  };

  if (write(given.title, 'bold', textShare.title, 2, 'strong')) y += gap;
  const captions = writeCaptions(given, cellWidth, widthPx);
  for (let first = 0; first < given.cells.length; first += columns) {
    y += first === 0 ? 0 : gap;
    if (write(given.rowLabels[first / columns] ?? '', 'bold', textShare.rowLabel, 1, 'strong')) y += Math.round(gap / 3);
    for (let index = first; index < Math.min(given.cells.length, first + columns); index++) {
      const left = margin + (index - first) * (cellWidth + gap);
      cells.push({ left, top: y, widthPx: cellWidth, heightPx: cellHeight });
      for (const text of captions.texts[index] ?? [])
        texts.push({ ...text, left: left + text.left, baseline: y + cellHeight + text.baseline });
    }
    y += cellHeight + captions.heightPx;
  }
  y += gap;
  if (!write(given.footer, 'regular', textShare.footer, 2, 'quiet')) y -= gap;
  return { widthPx, heightPx: y + margin, radiusPx: Math.max(3, Math.round(widthPx / 150)), cells, texts };
};

/**
 * Under each cell its name and, behind it and on the next lines, its note; places are counted from the cell's lower left corner.
 * All notes have one size: of those that break no word, the one that needs the fewest lines, though it may be a little smaller.
 */
const writeCaptions = (
  given: SheetTexts,
  cellWidth: number,
  sheetWidth: number,
): { readonly heightPx: number; readonly texts: readonly (readonly PlacedText[])[] } => {
  const namePx = Math.round(Math.min(sheetWidth * textShare.cell, cellWidth * 0.3));
  const names = given.cells.map((cell) => {
    const [text = ''] = breakLines(drawable(cell, 'bold'), { weight: 'bold', sizePx: namePx, widthPx: cellWidth, mostLines: 1 });
    return { text, besidePx: text === '' ? 0 : Math.round(namePx * (fontMetrics('bold').width(text) + 0.35)) };
  });
  const notes = given.notes.map((note) => drawable(note, 'regular'));
  const linesAt = (sizePx: number): readonly (readonly string[])[] =>
    notes.map((note, index) =>
      breakLines(note, { weight: 'regular', sizePx, widthPx: cellWidth, mostLines: 3, indentPx: names[index]?.besidePx ?? 0 }),
    );
  const widestWord = Math.max(0.001, ...notes.flatMap((note) => note.split(' ').map((word) => fontMetrics('regular').width(word))));
  const wantedPx = Math.min(Math.round(sheetWidth * textShare.note), namePx);
  const largestPx = Math.max(Math.round(sheetWidth * smallestNoteShare), Math.min(wantedPx, Math.floor(cellWidth / widestWord)));
  const sizes = [1, 0.95, 0.9, 0.86].map((part) => Math.round(largestPx * part));
  const [notePx = largestPx] = sizes.toSorted((one, other) => mostLinesOf(linesAt(one)) - mostLinesOf(linesAt(other)));
  const baseline = Math.round(1.08 * namePx);
  const texts = linesAt(notePx).map((lines, index): PlacedText[] => {
    const { text: name, besidePx } = names[index] ?? { text: '', besidePx: 0 };
    const noteTexts = lines.map((text, line): PlacedText => ({
      text,
      weight: 'regular',
      sizePx: notePx,
      left: line === 0 ? besidePx : 0,
      baseline: baseline + Math.round(line * lineHeight * notePx),
      tone: 'quiet',
    }));
    const all: PlacedText[] = [{ text: name, weight: 'bold', sizePx: namePx, left: 0, baseline, tone: 'strong' }, ...noteTexts];
    return all.filter(({ text }) => text !== '');
  });
  const lowest = Math.max(0, ...texts.flatMap((caption) => caption.map((text) => text.baseline)));
  return { heightPx: lowest === 0 ? 0 : lowest + Math.round(0.3 * notePx), texts };
};

const mostLinesOf = (notes: readonly (readonly string[])[]): number => Math.max(0, ...notes.map((lines) => lines.length));
