import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import sharp from 'sharp';
import type { ContactSheet, Pixels } from '#core/ports.ts';
import { paintContactSheet } from '#src/finish/sheet/contact-sheet.ts';
import { drawLine } from '#src/finish/sheet/text-image.ts';

/** Blue, with an orange box in the middle, a third as wide and high. */
const target = (widthPx: number, heightPx: number): Uint8Array => {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  const inMiddle = (place: number, length: number): boolean => Math.abs(place + 0.5 - length / 2) < length / 6;
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++)
      pixels.set(inMiddle(x, widthPx) && inMiddle(y, heightPx) ? [240, 120, 20] : [40, 90, 200], (y * widthPx + x) * 3);
  return pixels;
};
const pngOf = async (widthPx: number, heightPx: number): Promise<Uint8Array> =>
  sharp(target(widthPx, heightPx), { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .png()
    .toBuffer();
type Picture = Pick<ContactSheet['tiles'][number], 'read' | 'widthPx' | 'heightPx'>;
const pictureOf = (png: Uint8Array, widthPx: number, heightPx: number): Picture => ({ read: async () => png, widthPx, heightPx });
const targetOf = async (widthPx: number, heightPx: number): Promise<Picture> =>
  pictureOf(await pngOf(widthPx, heightPx), widthPx, heightPx);
const square = await targetOf(256, 256);
const sheetOf = (count: number, columns: number, more: Partial<ContactSheet> = {}): ContactSheet => ({
  title: 'a red fox on a blue background',
  footer: '20 images 256×256 in 4.4 s · 0.22 s each · AI-generated with Blitzbild',
  columns,
  tiles: Array.from({ length: count }, (_, index) => ({
    ...square,
    cell: `${'ABCDEFGH'[index % columns]!}${1 + Math.floor(index / columns)}`,
    note: `seed ${4_294_967_200 + (index % columns)}`,
  })),
  ...more,
});

const at = ({ pixels, widthPx }: Pixels, x: number, y: number): readonly number[] => [
  ...pixels.subarray((y * widthPx + x) * 3, (y * widthPx + x) * 3 + 3),
];
const isOrange = ([red = 0, green = 0, blue = 0]: readonly number[]): boolean => red > 200 && green > 90 && green < 150 && blue < 60;
/** The middles of the orange boxes along a row or a column. */
const middles = (values: readonly (readonly number[])[]): readonly number[] => {
  const runs: number[] = [];
  for (let place = 0, start = -1; place <= values.length; place++) {
    const orange = place < values.length && isOrange(values[place]!);
    if (orange && start < 0) start = place;
    if (!orange && start >= 0) {
      if (place - start > 20) runs.push((start + place) / 2);
      start = -1;
    }
  }
  return runs;
};
const column = (sheet: Pixels, x: number): (readonly number[])[] => Array.from({ length: sheet.heightPx }, (_, y) => at(sheet, x, y));
const row = (sheet: Pixels, y: number): (readonly number[])[] => Array.from({ length: sheet.widthPx }, (_, x) => at(sheet, x, y));
const steps = (places: readonly number[]): readonly number[] => places.slice(1).map((place, index) => place - places[index]!);

describe('tiles', () => {
  for (const [count, columns] of [
    [20, 5],
    [4, 4],
    [4, 2],
    [3, 1],
    [1, 1],
    [7, 3],
  ] as const)
    test(`${count} in ${columns} columns stand in even steps`, async () => {
      const sheet = await paintContactSheet(sheetOf(count, columns));
      assert.equal(sheet.pixels.length, sheet.widthPx * sheet.heightPx * 3);
      assert.ok(sheet.widthPx >= 960 && sheet.widthPx <= 2400, `${sheet.widthPx} px wide`);
      const firstX = Math.round(sheet.widthPx / columns / 2);
      const rows = middles(column(sheet, firstX));
      assert.equal(rows.length, Math.ceil(count / columns));
      assert.ok(new Set(steps(rows).map(Math.round)).size <= 1, steps(rows).join());
      const places = middles(row(sheet, Math.round(rows[0]!)));
      assert.equal(places.length, Math.min(count, columns));
      assert.ok(Math.max(0, ...steps(places)) - Math.min(...steps(places), Infinity) <= 1, steps(places).join());
    });

  test('pictures of other shapes are shown whole, in cells of the same size', async () => {
    const tiles = [await targetOf(512, 288), await targetOf(288, 512), square].map((picture, index) => ({
      ...picture,
      cell: `${'ABC'[index]!}1`,
      note: '',
    }));
    const sheet = await paintContactSheet(sheetOf(3, 3, { tiles, title: '', footer: '' }));
    const centreY = Math.round((sheet.widthPx / 3) * 0.5);
    const places = middles(row(sheet, centreY));
    assert.equal(places.length, 3);
    const [first = 0, second = 0] = steps(places);
    assert.ok(Math.abs(first - second) <= 1, `${first} and ${second}`);
    // Above the wide picture and beside the tall one lies the empty cell, lighter than the sheet.
    assert.deepEqual(at(sheet, Math.round(places[0]!), Math.round(sheet.widthPx * 0.035)), [33, 36, 43]);
  });

  test('what is transparent shows the cell', async () => {
    const png = await sharp({ create: { width: 64, height: 64, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer();
    const sheet = await paintContactSheet(
      sheetOf(1, 1, { tiles: [{ ...pictureOf(png, 64, 64), cell: 'A1', note: '' }], title: '', footer: '' }),
    );
    assert.deepEqual(at(sheet, sheet.widthPx / 2, sheet.widthPx / 2), [33, 36, 43]);
  });

  test('twenty pictures of 1024 px make a sheet of at most 2,400 px', async () => {
    const picture = await targetOf(1024, 1024);
    const { tiles } = sheetOf(20, 5);
    const { widthPx, heightPx } = await paintContactSheet(sheetOf(20, 5, { tiles: tiles.map((tile) => ({ ...tile, ...picture })) }));
    assert.equal(widthPx, 2400);
    assert.ok(heightPx < 3600, String(heightPx));
  });

  test('each file is read when its place is painted, not before', async () => {
    const sheet = sheetOf(6, 3);
    let [open, most] = [0, 0];
    const tiles = sheet.tiles.map((tile) => ({
      ...tile,
      read: async () => {
        open += 1;
        most = Math.max(most, open);
        const png = await tile.read();
        await new Promise((resolve) => setTimeout(resolve, 2));
        open -= 1;
        return png;
      },
    }));
    await paintContactSheet({ ...sheet, tiles });
    assert.deepEqual([open, most], [0, 1]);
  });

  test('sixty pictures below each other are made smaller instead of a tower', async () => {
    const { heightPx, widthPx } = await paintContactSheet(sheetOf(60, 1));
    assert.ok(heightPx <= 6100, `${widthPx}×${heightPx}`);
  });

  test('twenty pictures take less than 1.5 s, and equal sheets are equal', async () => {
    const sheet = sheetOf(20, 5, { rowLabels: ['none', 'watercolor', 'sketch', 'neon'] });
    const first = await paintContactSheet(sheet);
    const startedMs = performance.now();
    assert.deepEqual((await paintContactSheet(sheet)).pixels, first.pixels);
    assert.ok(performance.now() - startedMs < 1500);
  });

  test('no tiles, or no columns, are a mistake of ours', async () => {
    await assert.rejects(paintContactSheet(sheetOf(0, 1)), /a contact sheet of 0 tiles in 1 columns/);
    await assert.rejects(paintContactSheet(sheetOf(1, 0, { tiles: sheetOf(1, 1).tiles })), TypeError);
  });
});

describe('texts', () => {
  /** How many pixels differ between two sheets of one size. */
  const difference = async (one: ContactSheet, other: ContactSheet): Promise<number> => {
    const [a, b] = [await paintContactSheet(one), await paintContactSheet(other)];
    assert.deepEqual([a.widthPx, a.heightPx], [b.widthPx, b.heightPx]);
    return a.pixels.filter((value, place) => Math.abs(value - b.pixels[place]!) > 60).length / 3;
  };

  test('each of them is drawn: another title, name, note, row label or footer is another sheet', async () => {
    const sheet = sheetOf(4, 2, { rowLabels: ['photo', 'comic'] });
    const others: readonly Partial<ContactSheet>[] = [
      { title: 'a red fox on a blue backgrounb' },
      { footer: sheet.footer.replace('4.4', '8.8') },
      { rowLabels: ['photo', 'sonic'] },
      { tiles: sheet.tiles.map((tile, index) => (index === 3 ? { ...tile, cell: 'B3' } : tile)) },
      { tiles: sheet.tiles.map((tile, index) => (index === 3 ? { ...tile, note: 'seed 4294967208' } : tile)) },
    ];
    for (const other of others) assert.ok((await difference(sheet, { ...sheet, ...other })) > 20, Object.keys(other).join());
  });

  test('at the width of a telephone the name of every cell is still there to be read', async () => {
    const painted = await paintContactSheet(sheetOf(20, 5));
    const { data } = await sharp(painted.pixels, { raw: { width: painted.widthPx, height: painted.heightPx, channels: 3 } })
      .resize(360)
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    // Rows in which some pixel left of the first picture's middle is nearly white: title, and one line of names per row of tiles.
    const bright = Array.from({ length: data.length / 360 }, (_, y) =>
      data.subarray(y * 360 + 6, y * 360 + 30).some((value) => value > 205),
    );
    const lines = bright.filter((isBright, y) => isBright && bright[y - 1] !== true).length;
    assert.ok(lines >= 5, `${lines} lines`);
  });

  for (const [name, text] of Object.entries({
    markup: '<b>bold</b> & <span size="900000">huge</span> &#0; ]]> <!-- ',
    'broken markup': '<span foreground="',
    emoji: '🦊'.repeat(300),
    'right to left': 'ثعلب أحمر في الثلج '.repeat(40),
    'both directions': 'fox ثعلب \u202E fox \u2066 שועל',
    'very long': 'a very long prompt, '.repeat(100),
    'one very long word': 'x'.repeat(2000),
    'stacked accents': `Z${'\u0301'.repeat(500)}`,
    control: '\u0000\u0001\u001B[31m\uFFFF\uD800',
    'not in the font': '雪の中の狐',
    empty: '',
  }))
    test(`${name}: fits everywhere and breaks nothing`, async () => {
      const sheet = sheetOf(2, 2);
      const tiles = sheet.tiles.map((tile) => ({ ...tile, cell: text, note: text }));
      const painted = await paintContactSheet({ ...sheet, title: text, footer: text, rowLabels: [text], tiles });
      assert.ok(painted.heightPx < 1.3 * painted.widthPx, `${painted.widthPx}×${painted.heightPx}`);
      const margin = column(painted, painted.widthPx - 4);
      assert.ok(
        margin.every((colour) => colour.join() === '21,23,28'),
        'nothing reaches into the margin on the right',
      );
    });

  test('markup is drawn as it was typed', async () => {
    const [typed, plain] = [await drawLine('<b>a</b>', 'regular', 40), await drawLine('a', 'regular', 40)];
    assert.ok(typed.widthPx > 4 * plain.widthPx);
  });

  test('letters stand on one line, whether or not they reach below it', async () => {
    const inkBottom = ({ coverage, widthPx, heightPx, descentPx }: Awaited<ReturnType<typeof drawLine>>): number => {
      for (let y = heightPx - 1; y >= 0; y--)
        if (coverage.subarray(y * widthPx, (y + 1) * widthPx).some((value) => value > 128)) return y - (heightPx - 1 - descentPx);
      return Number.NaN;
    };
    const [flat, high, deep] = [
      await drawLine('xz', 'regular', 40),
      await drawLine('HÄ', 'regular', 40),
      await drawLine('xg', 'regular', 40),
    ];
    assert.ok(Math.abs(inkBottom(flat)) <= 1 && Math.abs(inkBottom(high)) <= 1, `${inkBottom(flat)}, ${inkBottom(high)}`);
    assert.ok(inkBottom(deep) >= 7, `${inkBottom(deep)} px below`);
  });
});

test('a machine without any font draws the same letters', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-no-fonts-'));
  after(() => rmSync(folder, { recursive: true }));
  const script = `
    import { drawLine } from '#src/finish/sheet/text-image.ts';
    const { coverage, widthPx, heightPx } = await drawLine('Wim 42', 'bold', 40);
    console.log(JSON.stringify({ widthPx, heightPx, coverage: [...coverage] }));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '../../..'),
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      FONTCONFIG_PATH: folder,
      FONTCONFIG_FILE: join(folder, 'none.conf'),
      XDG_DATA_HOME: folder,
    },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const there = JSON.parse(printed) as { widthPx: number; heightPx: number; coverage: number[] };
  const here = await drawLine('Wim 42', 'bold', 40);
  assert.deepEqual([there.widthPx, there.heightPx], [here.widthPx, here.heightPx]);
  const different = there.coverage.filter((value, place) => Math.abs(value - here.coverage[place]!) > 64).length;
  // A box for a missing letter would be nowhere like it.
  assert.ok(different < 0.02 * there.coverage.length, `${different} of ${there.coverage.length}`);
});
