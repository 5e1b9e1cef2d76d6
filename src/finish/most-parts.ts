/** Chunks or segments of a file that are stepped over at most, so that one of millions of empty ones costs milliseconds; real ones have hundreds. */
export const mostParts = 100_000;
