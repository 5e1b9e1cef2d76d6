import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fontMetrics } from '#src/finish/sheet/font-metrics.ts';
import { layOut, type PlacedText, type SheetLayout } from '#src/finish/sheet/layout.ts';

const phonePx = 360;
const tilesOf = (count: number, widthPx = 256, heightPx = 256): readonly { widthPx: number; heightPx: number }[] =>
  Array.from({ length: count }, () => ({ widthPx, heightPx }));
const layoutOf = (count: number, columns: number, note: string, tile = 256): SheetLayout =>
  layOut(columns, tilesOf(count, tile, tile), {
    title: 'a red fox in the snow',
    footer: '20 images in 4.4 s',
    cells: Array.from({ length: count }, (_, index) => `${'ABCDEFGHIJ'[index % columns]!}${1 + Math.floor(index / columns)}`),
    notes: Array.from({ length: count }, () => note),
    rowLabels: Array.from({ length: Math.ceil(count / columns) }, (_, index) => `style ${index}`),
  });
const onPhone = (layout: SheetLayout, { sizePx }: PlacedText): number => (sizePx * phonePx) / layout.widthPx;
const widthOf = ({ text, weight, sizePx }: PlacedText): number => fontMetrics(weight).width(text) * sizePx;

describe('at 360 px', () => {
  for (const columns of [1, 2, 3, 4, 5])
    test(`${columns} columns: names, notes with the longest seed, styles, title and footer are large enough`, () => {
      for (const tile of [256, 512, 1024]) {
        const layout = layoutOf(columns * 4, columns, 'seed 4294967295', tile);
        const smallest = (match: RegExp): number =>
          Math.min(...layout.texts.filter(({ text }) => match.test(text)).map((text) => onPhone(layout, text)));
        assert.ok(smallest(/^[A-E]\d$/) >= phonePx / 28, `names: ${smallest(/^[A-E]\d$/)} px`);
        assert.ok(smallest(/seed|4294967295/) >= 8.4, `notes: ${smallest(/seed|4294967295/)} px`);
        assert.ok(smallest(/^style/) >= phonePx / 28, 'styles');
        assert.ok(smallest(/^a red/) >= phonePx / 28, 'title');
        assert.ok(smallest(/images/) >= 9, 'footer');
        const notes = layout.texts.map(({ text }) => text).join(' ');
        assert.equal(notes.match(/4294967295/g)?.length, columns * 4, 'no seed is cut or broken');
      }
    });
});

test('no text leaves the sheet, its cell or stands on another', () => {
  for (const [count, columns] of [
    [20, 5],
    [4, 4],
    [9, 3],
    [2, 1],
    [30, 10],
  ] as const)
    for (const note of ['', 'seed 42', 'seed 4294967295', 'watercolor seed 4294967295']) {
      const layout = layoutOf(count, columns, note);
      const boxes = layout.texts.map((text) => ({
        ...text,
        right: text.left + widthOf(text),
        top: text.baseline - 0.75 * text.sizePx,
        bottom: text.baseline + 0.2 * text.sizePx,
      }));
      for (const [index, box] of boxes.entries()) {
        assert.ok(box.left >= 0 && box.right <= layout.widthPx && box.top >= 0 && box.bottom <= layout.heightPx, box.text);
        for (const cell of layout.cells) {
          const isApart =
            box.bottom <= cell.top || box.top >= cell.top + cell.heightPx || box.right <= cell.left || box.left >= cell.left + cell.widthPx;
          assert.ok(isApart, `${columns} columns: ${box.text} stands on a picture`);
        }
        for (const other of boxes.slice(index + 1)) {
          const isApart = box.bottom <= other.top || box.top >= other.bottom || box.right <= other.left || box.left >= other.right;
          assert.ok(isApart, `${columns} columns: ${box.text} and ${other.text}`);
        }
      }
    }
});

test('all notes of a sheet have one size and break alike', () => {
  const { texts } = layoutOf(20, 5, 'seed 42');
  const notes = texts.filter(({ text }) => text.startsWith('seed'));
  assert.equal(notes.length, 20);
  assert.ok(notes.every(({ text, sizePx }) => text === 'seed 42' && sizePx === notes[0]!.sizePx));
});

test('cells take the shape of the pictures, and one between them where they differ', () => {
  const shapeOf = (sizes: readonly (readonly [number, number])[]): number => {
    const [cell] = layOut(
      2,
      sizes.map(([widthPx, heightPx]) => ({ widthPx, heightPx })),
      { title: '', footer: '', cells: ['A1', 'B1'], notes: ['', ''], rowLabels: [] },
    ).cells;
    return cell!.widthPx / cell!.heightPx;
  };
  const isNear = (one: number, other: number): boolean => Math.abs(one / other - 1) < 0.01;
  assert.ok(
    isNear(
      shapeOf([
        [512, 288],
        [1024, 576],
      ]),
      16 / 9,
    ),
  );
  assert.ok(
    isNear(
      shapeOf([
        [288, 512],
        [288, 512],
      ]),
      9 / 16,
    ),
  );
  assert.ok(
    isNear(
      shapeOf([
        [512, 288],
        [288, 512],
      ]),
      1,
    ),
  );
  assert.ok(
    isNear(
      shapeOf([
        [512, 288],
        [256, 256],
      ]),
      4 / 3,
    ),
  );
});
