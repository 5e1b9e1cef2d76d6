import fc from 'fast-check';

/** `[[[…]]]` and `{m.relates_to: {…}}`: sometimes deeper than anything recursive survives. */
export const nested = fc
  .tuple(
    fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 60 }) }, { weight: 1, arbitrary: fc.constantFrom(200, 900, 20_000) }),
    fc.boolean(),
  )
  .map(([depth, isList]) => {
    let value: unknown[] | object = [];
    for (let level = 0; level < depth; level++) value = isList ? [value] : { 'm.relates_to': value };
    // Nothing recursive could print it either.
    const printed = `${depth} ${isList ? 'lists' : 'objects'} in one another`;
    return Object.defineProperty(value, fc.toStringMethod, { value: () => printed });
  });
