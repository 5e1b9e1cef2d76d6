/** How much each wave is changed: as little as makes every bit, and the pilots, as clear as wanted. */
import { pilot, type Carriers } from '#src/finish/watermark/carriers.ts';
import { codedBits } from '#src/finish/watermark/convolutional-code.ts';
import { limited } from '#src/finish/watermark/evidence.ts';
import type { Coefficients } from '#src/finish/watermark/lapped-transform.ts';

/** How clear it is to be, in deviations. */
export type Clarity = { readonly bits: number; readonly pilots: number };

/** No wave is changed by more than this, in the units of the plane. */
const most = 4.4;

/** What re-encoding does to a wave, in the units of the plane: a mark that is weaker than this would be rounded away. */
const reencoding = 1.5;

/** Strengths that are tried, from none to all. */
const strengths = Float32Array.from({ length: 18 }, (_, step) => (step === 0 ? 0 : 0.25 * 1.45 ** (step - 1)));

/** Change of one wave at a strength, along its sign. It goes where it is heard best for what it costs. */
const changeOf = (loud: number, strength: number): number => Math.min(most, strength / loud);

/** Clarity and cost of each group of waves (the coded bits, then the pilots) at each strength, [169, strengths]. */
type Offers = { readonly clarity: Float32Array; readonly cost: Float32Array };

const pilotGroup = codedBits;
const groups = codedBits + 1;

export const planChanges = (
  coefficients: Coefficients,
  loud: Float32Array,
  { roles, signs }: Carriers,
  payload: Float32Array,
): ((wanted: Clarity, mostEnergy: number) => Coefficients) => {
  const offers = makeOffers(coefficients, loud, { roles, signs }, payload);
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
      const role = roles[at]!;
      const strength = chosen.strengths[role === pilot ? pilotGroup : role]!;
      if (strength > 0) changes[at] = changeOf(loud[at]!, strength) * directionOf(role, signs[at]!, payload);
    }
    return changes;
  };
};

const directionOf = (role: number, sign: number, payload: Float32Array): number => (role === pilot ? sign : sign * payload[role]!);

function makeOffers(coefficients: Coefficients, loud: Float32Array, { roles, signs }: Carriers, payload: Float32Array): Offers {
  const count = strengths.length;
  const sums = new Float32Array(groups * count);
  const squares = new Float32Array(groups * count);
  const cost = new Float32Array(groups * count);
  for (let at = 0; at < coefficients.length; at++) {
    const role = roles[at]!;
    const from = (role === pilot ? pilotGroup : role) * count;
    const along = coefficients[at]! * directionOf(role, signs[at]!, payload);
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
    const goal = part * (group === pilotGroup ? wanted.pilots : wanted.bits);
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
