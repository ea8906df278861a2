import type { Denoiser } from '../models/denoiser.js';
import type { Plan } from './plan.js';
import type { RowStart } from './rows.js';

/**
 * Bytes of keys and values that are set aside for a row of so many tokens: its whole length, for each cache that it may
 * have alive at once.
 */
export const bytesOfRow = (denoiser: Denoiser, { caches }: Plan, tokens: number): number =>
  (denoiser.cacheBytes?.(tokens) ?? 0) * caches;

/** What is wrong with a request whose rows could wait forever: a model's limits are too small for one of them alone. */
export function roomFaults(denoiser: Denoiser, plan: Plan, starts: readonly Pick<RowStart, 'canvas'>[]): string[] {
  const { rows = Infinity, cacheBytes = Infinity } = denoiser.limits ?? {};
  const faults =
    rows >= 1
      ? []
      : [
          `the model lets in ${String(rows)} rows at once (limits.rows; --max-rows on the command line); that has to be 1 or more`,
        ];
  const longest = starts.reduce((most, { canvas: { length } }) => Math.max(most, length), 0);
  const needed = bytesOfRow(denoiser, plan, longest);
  if (needed <= cacheBytes) return faults;
  const fitting = most(longest, (tokens) => bytesOfRow(denoiser, plan, tokens) <= cacheBytes);
  const shorter = fitting === 0 ? '' : `a length of at most ${String(fitting)}, or `;
  return [
    ...faults,
    `a row of ${String(longest)} tokens needs ${String(needed)} bytes of keys and values${inCaches(plan)}, and the model may have ` +
      `${String(Math.floor(cacheBytes))} of them (limits.cacheBytes; --max-cache on the command line); give ${shorter}a limit of at least ${String(needed)} bytes`,
  ];
}

const inCaches = ({ caches }: Plan): string => (caches > 1 ? ` in ${String(caches)} caches` : '');

/** The largest number from 0 on and below `end` with a property that all smaller ones have. */
function most(end: number, holds: (value: number) => boolean): number {
  let low = 0;
  for (let high = end; high - low > 1;) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
