/** What a first pixel of this brightness makes it do. */
export const acts = { works: 0, exits: 1, hangs: 2, garbles: 3, fails: 4, waitsForGate: 5, exitsOnce: 6, tellsEnvironment: 7 } as const;
