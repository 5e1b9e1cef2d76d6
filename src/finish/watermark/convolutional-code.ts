/**
 * 48 bits ↔ 168 coded bits: the convolutional code of constraint length 9 and rate 1/3 with the generators 557, 663 and 711 (octal), ended
 * by eight zeros, read by Viterbi's algorithm from soft values. Source: 3GPP TS 25.212, 4.2.3.1.
 */

export const payloadBits = 48;
const memory = 8;
const states = 1 << memory;
const generators = [0o557, 0o663, 0o711] as const;
const steps = payloadBits + memory;
export const codedBits = steps * generators.length;

const parity = (value: number): number => {
  let odd = 0;
  for (let rest = value; rest > 0; rest &= rest - 1) odd ^= 1;
  return odd;
};

/** Signs of the three coded bits of each register, newest bit highest: `outputs[register · 3 + generator]`. */
const outputs = Float32Array.from({ length: states * 2 * generators.length }, (_, at) =>
  parity(Math.floor(at / generators.length) & generators[at % generators.length]!) === 1 ? -1 : 1,
);

/** Signs, +1 for a zero and −1 for a one, [168]. The highest bit of the payload comes first. */
export const encodeBits = (payload: bigint): Float32Array => {
  const coded = new Float32Array(codedBits);
  let register = 0;
  for (let step = 0; step < steps; step++) {
    const bit = step < payloadBits ? Number((payload >> BigInt(payloadBits - 1 - step)) & 1n) : 0;
    register = (bit << memory) | (register >> 1);
    coded.set(outputs.subarray(register * generators.length, (register + 1) * generators.length), step * generators.length);
  }
  return coded;
};

/** The payload whose signs correlate best with `soft` [168], and the one that comes next. */
export const decodeBits = (soft: Float32Array): { readonly payload: bigint; readonly rival: bigint } => {
  let metrics = new Float64Array(states).fill(-Infinity);
  metrics[0] = 0;
  const choices = new Uint8Array(steps * states);
  const margins = new Float64Array(steps * states);
  for (let step = 0; step < steps; step++) {
    const next = new Float64Array(states);
    const [a, b, c] = [soft[step * 3]!, soft[step * 3 + 1]!, soft[step * 3 + 2]!];
    for (let state = 0; state < states; state++) {
      // The state is the last eight bits, the newest highest: one of two registers led here, which differ in the bit that left.
      const base = state << 1;
      const zero = metrics[base & (states - 1)]! + a * outputs[base * 3]! + b * outputs[base * 3 + 1]! + c * outputs[base * 3 + 2]!;
      const one =
        metrics[(base | 1) & (states - 1)]! + a * outputs[base * 3 + 3]! + b * outputs[base * 3 + 4]! + c * outputs[base * 3 + 5]!;
      const isTail = step >= payloadBits && state >= states / 2;
      choices[step * states + state] = one > zero ? 1 : 0;
      margins[step * states + state] = Math.abs(one - zero);
      next[state] = isTail ? -Infinity : Math.max(zero, one);
    }
    metrics = next;
  }
  const best = traceBack(choices);
  // The next best path joins the best one somewhere, by the way that was rejected there, and is the same from there on.
  let joint = steps - 1;
  for (let step = 0; step < steps; step++) if (marginAt(step) < marginAt(joint)) joint = step;
  return { payload: best.payload, rival: traceBack(choices, joint).payload };

  function marginAt(step: number): number {
    const margin = margins[step * states + best.path[step]!]!;
    // Two ways that are both impossible are none.
    return Number.isNaN(margin) ? Infinity : margin;
  }
};

/** From the last state, a zero, to the first one. `other`: the step in which the way is taken that was rejected. */
function traceBack(choices: Uint8Array, other?: number): { readonly payload: bigint; readonly path: Uint8Array } {
  const path = new Uint8Array(steps);
  let payload = 0n;
  let state = 0;
  for (let step = steps - 1; step >= 0; step--) {
    path[step] = state;
    if (step < payloadBits) payload |= BigInt(state >> (memory - 1)) << BigInt(payloadBits - 1 - step);
    state = ((state << 1) | (choices[step * states + state]! ^ (step === other ? 1 : 0))) & (states - 1);
  }
  return { payload, path };
}
