/** `node:sqlite` and type stripping are what this program is built on, and matrix-bot-sdk brings a call that is deprecated. */
export const quietFlags = ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0060'];

/**
 * With which Node runs `src/cli.ts`. Young objects get a quarter of their usual space: what passes through are pictures, which lie
 * outside of it, so a larger one only keeps them longer. Measured over 1,000 jobs: 201 MB instead of 274, in the same time.
 */
export const programFlags = [...quietFlags, '--max-semi-space-size=4'];
