import type { PlannedCall } from '../calls/plan.js';
import type { TfjsCache } from './cache.js';

/** A planned call on caches of this backend. */
export type TfjsCall = PlannedCall<TfjsCache>;

/** Calls that share a pass, because their queries have one shape and mask, in order; groups in the order of their first calls. */
export function groupCalls<T extends TfjsCall>(calls: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const call of calls) {
    const { mask, answers, pending, keep, grid } = call;
    const key = [mask, answers, pending, keep, pending === 0 ? null : grid].join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [call]);
    else group.push(call);
  }
  return [...groups.values()];
}
