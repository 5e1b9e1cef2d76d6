/** How much each wave is changed: as little as makes every bit, and the pilots, as clear as wanted, in the middle of the picture and around it. */
import { pilot, type Carriers } from '#src/finish/watermark/carriers.ts';
import { codedBits } from '#src/finish/watermark/convolutional-code.ts';
import { limited } from '#src/finish/watermark/evidence.ts';
import { bands, blockUnits, type Coefficients, type Grid, type SampledAxis } from '#src/finish/watermark/lapped-transform.ts';

/** How clear it is to be in each of the two parts, in deviations. */
export type Clarity = { readonly bits: number; readonly pilots: number };

/** No wave is changed by more than this, in the units of the plane: in even areas, more would be seen; and more for each unit of loudness. */
const most = 2.9;
const mostMasked = 0.06;

/** What re-encoding does to a wave, in the units of the plane: a mark that is weaker than this would be rounded away. */
const reencoding = 2;

/** Strengths that are tried, from none to all. */
const strengths = Float32Array.from({ length: 18 }, (_, step) => (step === 0 ? 0 : 0.25 * 1.45 ** (step - 1)));

/** Change of one wave at a strength, along its sign. It goes where it is heard best for what it costs. */
const changeOf = (loud: number, strength: number): number => Math.min(most + mostMasked * loud, strength / loud);

/** Clarity and cost of each group of waves at each strength, [groups, strengths]. */
type Offers = { readonly clarity: Float32Array; readonly cost: Float32Array };

/**
 * The coded bits, then the pilots; first those around the middle, then those in it. Whatever is cut off leaves the middle, so that it has to
 * say all by itself, however quiet it is around it.
 */
const groupsPerPart = codedBits + 1;
const groups = 2 * groupsPerPart;

/** Blocks nearer to an edge than this part of the side can be cut off. */
const edgeShare = 0.1;

const groupsOf = ({ roles }: Carriers, { across, down }: Grid): Int16Array => {
  const inside = (block: number, { axis, first }: SampledAxis): boolean => {
    const start = axis.origin + (first + block) * blockUnits * axis.unit;
    return start >= edgeShare * axis.length && start + 2 * blockUnits * axis.unit <= (1 - edgeShare) * axis.length;
  };
  return roles.map((role, at) => {
    const block = Math.floor(at / bands.length);
    const isMiddle = inside(block % across.count, across) && inside(Math.floor(block / across.count), down);
    return (role === pilot ? codedBits : role) + (isMiddle ? groupsPerPart : 0);
  });
};

export const planChanges = (
  coefficients: Coefficients,
  loud: Float32Array,
  carriers: Carriers,
  grid: Grid,
  payload: Float32Array,
): ((wanted: Clarity, mostEnergy: number) => Coefficients) => {
  const groupOf = groupsOf(carriers, grid);
  const directions = carriers.signs.map((sign, at) => (carriers.roles[at] === pilot ? sign : sign * payload[carriers.roles[at]!]!));
  const offers = makeOffers(coefficients, loud, groupOf, directions);
  return (wanted, mostEnergy) => {
    let chosen = choose(offers, wanted, 1);
    if (chosen.cost > mostEnergy) {
      let [low, high] = [0, 1];
      for (let step = 0; step < 8; step++) {
        const middle = (low + high) / 2;
        chosen = choose(offers, wanted, middle);
        if (chosen.cost > mostEnergy) high = middle;
        else low = middle;
      }
      chosen = choose(offers, wanted, low);
    }
    const changes = new Float32Array(coefficients.length);
    for (let at = 0; at < changes.length; at++) {
      const strength = chosen.strengths[groupOf[at]!]!;
      if (strength > 0) changes[at] = changeOf(loud[at]!, strength) * directions[at]!;
    }
    return changes;
  };
};

function makeOffers(coefficients: Coefficients, loud: Float32Array, groupOf: Int16Array, directions: Float32Array): Offers {
  const count = strengths.length;
  const sums = new Float32Array(groups * count);
  const squares = new Float32Array(groups * count);
  const cost = new Float32Array(groups * count);
  for (let at = 0; at < coefficients.length; at++) {
    const from = groupOf[at]! * count;
    const along = coefficients[at]! * directions[at]!;
    const lost = (reencoding / loud[at]!) ** 2 / 3;
    for (let step = 0; step < count; step++) {
      const change = changeOf(loud[at]!, strengths[step]!);
      const said = limited((along + change) / loud[at]!);
      sums[from + step]! += said;
      squares[from + step]! += said * said + lost;
      cost[from + step]! += change * change;
    }
  }
  return { clarity: sums.map((sum, at) => sum / Math.sqrt(squares[at]! + 1e-9)), cost };
}

/** The least strengths that reach `part` of what is wanted. */
function choose({ clarity, cost }: Offers, wanted: Clarity, part: number): { readonly strengths: Float32Array; readonly cost: number } {
  const chosen = new Float32Array(groups);
  let total = 0;
  const count = strengths.length;
  for (let group = 0; group < groups; group++) {
    const goal = part * (group % groupsPerPart === codedBits ? wanted.pilots : wanted.bits);
    let step = 0;
    while (step < count - 1 && clarity[group * count + step]! < goal) step += 1;
    let within = 0;
    if (step > 0) {
      const [before, after] = [clarity[group * count + step - 1]!, clarity[group * count + step]!];
      within = after > before ? Math.min(1, Math.max(0, (goal - before) / (after - before))) : 1;
      chosen[group] = strengths[step - 1]! + within * (strengths[step]! - strengths[step - 1]!);
      total += cost[group * count + step - 1]! + within * (cost[group * count + step]! - cost[group * count + step - 1]!);
    }
  }
  return { strengths: chosen, cost: total };
}
