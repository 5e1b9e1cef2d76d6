import { z } from 'zod';
import { mostDays } from '#core/retention.ts';
import type { RetentionPolicy } from '#core/retention.ts';

const days = z
  .int('must be a whole number of days')
  .min(0, 'must be 1 day or more, or 0 for ever')
  .max(mostDays, `must be at most ${mostDays} days`);

/** How long rooms that have chosen nothing keep what belongs to them, and how long any room may. */
export const retentionFile = z
  .strictObject({
    days: days.optional(),
    mostDays: days.min(1, 'must be 1 day or more; leave it out for no limit').optional(),
    removePosts: z.boolean().default(false),
    keepStarred: z.boolean().default(false),
  })
  .prefault({})
  .transform(({ days: usual, mostDays: most, ...rest }): RetentionPolicy => ({
    ...rest,
    ...(usual === undefined ? {} : { days: usual }),
    ...(most === undefined ? {} : { mostDays: most }),
  }));
