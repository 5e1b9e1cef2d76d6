import { setImmediate } from 'node:timers/promises';
import type { FoundWatermark } from '#core/marks-port.ts';
import type { Pixels } from '#core/ports.ts';
import type { Carriers } from '#src/finish/watermark/carriers.ts';
import { decodeBits, encodeBits, payloadBits } from '#src/finish/watermark/convolutional-code.ts';
import { evidence, loudness, type Evidence } from '#src/finish/watermark/evidence.ts';
import { analyse, sampleAxis, type Grid } from '#src/finish/watermark/lapped-transform.ts';
import { axesOf, type Place } from '#src/finish/watermark/place.ts';
import { likelyPlaces } from '#src/finish/watermark/search.ts';
import { lumaOf, unitPx, workingPlane } from '#src/finish/watermark/working-plane.ts';

/** An unmarked picture is taken for a marked one less often than this, as log10. */
const mostFalseAlarmLog10 = -7;

/** Places that can be tried at most, all taken together, as log10: each of them could look like a mark by chance. */
const placesLog10 = 6;

const candidates = 24;
const refined = 4;

/** What is found at the place of an uncut picture, and where that is nothing, at the places it can have been cut from. */
export const findMark = async (picture: Pixels, carriersOf: (grid: Grid) => Carriers): Promise<FoundWatermark | undefined> => {
  const { width, height, factor, ...colours } = await workingPlane(picture);
  const luma = lumaOf({ width, height, factor, ...colours });
  const unit = unitPx(picture) / factor;
  const read = (place: Place): Evidence => {
    const [across, down] = axesOf(place, { width, height });
    const grid = { across: sampleAxis(across), down: sampleAxis(down) };
    const coefficients = analyse(luma, grid);
    return evidence(coefficients, loudness(coefficients, grid), carriersOf(grid));
  };
  const uncut = judge(read({ originX: 0, originY: 0, unitX: unit, unitY: unit }), 0);
  if (uncut !== undefined) return uncut;

  const tried: { place: Place; pilots: number }[] = [];
  for (const place of await likelyPlaces(luma, { width, height, unit }, carriersOf, candidates)) {
    await setImmediate();
    tried.push({ place, pilots: read(place).pilots });
  }
  for (const start of tried.toSorted((a, b) => b.pilots - a.pilots).slice(0, refined)) {
    const found = judge(read(await refine(start, async (place) => (await setImmediate(), read(place).pilots))), placesLog10);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Climbs to where the pilots are clearest. */
async function refine(start: { place: Place; pilots: number }, clarity: (place: Place) => Promise<number>): Promise<Place> {
  let best = start;
  for (const [shift, scale] of [
    [0.6, 1.005],
    [0.3, 1.0025],
  ] as const)
    for (const move of [
      (place: Place): Place => ({ ...place, originX: place.originX + shift * place.unitX }),
      (place: Place): Place => ({ ...place, originX: place.originX - shift * place.unitX }),
      (place: Place): Place => ({ ...place, originY: place.originY + shift * place.unitY }),
      (place: Place): Place => ({ ...place, originY: place.originY - shift * place.unitY }),
      (place: Place): Place => ({ ...place, unitX: place.unitX * scale, unitY: place.unitY * scale }),
      (place: Place): Place => ({ ...place, unitX: place.unitX / scale, unitY: place.unitY / scale }),
    ]) {
      const place = move(best.place);
      const pilots = await clarity(place);
      if (pilots > best.pilots) best = { place, pilots };
    }
  return best.place;
}

/**
 * How probable so much agreement is without a mark, for any of the 2⁴⁸ payloads at any of the places: the union of the bounds of
 * `evidence`, which hold for every picture.
 */
function judge(found: Evidence, hypothesesLog10: number): FoundWatermark | undefined {
  const payload = decodeBits(found.bits);
  const deviations = found.total(encodeBits(payload));
  const falseAlarmLog10 = hypothesesLog10 + payloadBits * Math.log10(2) - deviations ** 2 / 2 / Math.LN10;
  return falseAlarmLog10 <= mostFalseAlarmLog10 ? { payload, falseAlarmLog10 } : undefined;
}
