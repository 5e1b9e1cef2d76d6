import { setImmediate } from 'node:timers/promises';
import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import type { Carriers } from '#src/finish/watermark/carriers.ts';
import { planChanges, type Clarity } from '#src/finish/watermark/changes.ts';
import { encodeBits } from '#src/finish/watermark/convolutional-code.ts';
import { loudness } from '#src/finish/watermark/evidence.ts';
import { analyse, sampleAxis, synthesis, type Coefficients, type Grid } from '#src/finish/watermark/lapped-transform.ts';
import { lumaOf, planeSide, squareErrorOf, unitPx, wholeFrame, workingPlane } from '#src/finish/watermark/working-plane.ts';

/** 255² / 10^(dB/10), less what rounding adds. */
const mostSquareError = 65_025 / 10 ** 4.265 - 1 / 12;

const clarity: Clarity = { bits: 1.5, pilots: 10 };

/** The same picture with the mark in it. Its PSNR is at least 42 dB. */
export const embedMark = async (picture: Pixels, payload: bigint, carriersOf: (grid: Grid) => Carriers): Promise<Pixels> => {
  const plane = await workingPlane(picture);
  const [across, down] = wholeFrame(picture, plane);
  const grid = { across: sampleAxis(across), down: sampleAxis(down) };
  const luma = lumaOf(plane);
  const coefficients = analyse(luma, grid);
  const loud = loudness(coefficients, grid);
  await setImmediate();
  const changes = planChanges(coefficients, loud, carriersOf(grid), grid, encodeBits(payload))(clarity, mostSquareError * planeSide ** 2);
  const height = grid.down.axis.length;
  const see = async (waves: Coefficients): Promise<Seen> => {
    await setImmediate();
    const added = synthesis(waves, grid)(0, height);
    return { coefficients: analyse(lumaOf(plane, added), grid), squareError: squareErrorOf(plane, added) };
  };
  return addWaves(picture, await overcomeLimits(coefficients, changes, see));
};

type Seen = { readonly coefficients: Coefficients; readonly squareError: number };

/**
 * In white, black and full colours half of each wave is cut off: there it is made larger, until what is left of it is what was wanted,
 * and all waves smaller where that is too much of a change.
 */
async function overcomeLimits(
  before: Coefficients,
  wanted: Coefficients,
  see: (waves: Coefficients) => Promise<Seen>,
): Promise<Coefficients> {
  const changes = wanted.slice();
  for (let round = 0; round < 2; round++) {
    const { coefficients: after } = await see(changes);
    for (let at = 0; at < changes.length; at++) changes[at]! += wanted[at]! - (after[at]! - before[at]!);
  }
  const { squareError } = await see(changes);
  return squareError <= mostSquareError ? changes : changes.map((change) => change * Math.sqrt(mostSquareError / squareError));
}

async function addWaves(picture: Pixels, changes: Coefficients): Promise<Pixels> {
  const { pixels, widthPx, heightPx } = picture;
  const unit = unitPx(picture);
  const grid = {
    across: sampleAxis({ origin: 0, unit, length: widthPx }),
    down: sampleAxis({ origin: 0, unit, length: heightPx }),
  };
  const rows = synthesis(changes, grid);
  const marked = new Uint8Array(pixels.length);
  await inBands(picture, (fromRow, toRow) => {
    const added = rows(fromRow, toRow);
    const start = fromRow * widthPx;
    for (let at = 0; at < added.length; at++) {
      const change = Math.round(added[at]!);
      const into = (start + at) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const value = pixels[into + channel]! + change;
        marked[into + channel] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
    }
  });
  return { pixels: marked, widthPx, heightPx };
}
