import type { LimitNames } from '../refusals.js';

/** What a person sets limits by in a program and on the command line. */
export const limitsInNode: LimitNames = {
  rows: 'limits.rows; --max-rows on the command line',
  cacheBytes: 'limits.cacheBytes; --max-cache on the command line',
};
