/** What the scripted child does with a picture that it is to enlarge, by the picture's first byte. */
export const firstByte = { works: 0, exits: 1, hangs: 2, isTooLarge: 3, isSlow: 4, hasNoFolder: 5 } as const;
