import type { PlannedCall } from '../calls/plan.js';
import type { TfjsCache } from './cache.js';
import { capacityFor } from './network/attention.js';
import type { RowShape } from './network/working-memory.js';

/** A planned call on caches of this backend. */
export type TfjsCall = PlannedCall<TfjsCache>;

/** How much a pass may take, in bytes. */
export interface PassBound {
  readonly most: number;
  /** What a row takes. */
  readonly rowBytes: (shape: RowShape) => number;
}

/**
 * Calls that share a pass, because their queries have one shape and mask, in order; groups in the order of their first calls. A group that
 * would take more than a pass may is cut into neighbouring rows, so that rows which go on together find each other again.
 */
export function groupCalls<T extends TfjsCall>(calls: readonly T[], bound: PassBound): T[][] {
  const groups = new Map<string, T[]>();
  for (const call of calls) {
    const { mask, answers, pending, keep, grid } = call;
    const key = [mask, answers, pending, keep, pending === 0 ? null : grid].join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [call]);
    else group.push(call);
  }
  return [...groups.values()].flatMap((group) => pieces(group, rowsAtOnce(group, bound)));
}

function rowsAtOnce(group: readonly TfjsCall[], { most, rowBytes }: PassBound): number {
  const [first] = group;
  if (first === undefined) return 1;
  const longest = group.reduce((length, { reuse }) => Math.max(length, reuse), 0);
  const { tokens, answers, keep } = first;
  const each = rowBytes({ queries: tokens.length, answers, keep, capacity: capacityFor(longest) });
  if (group.length * each <= most) return group.length;
  // Powers of two, so that pieces stay the same as long as possible while texts grow.
  return 2 ** Math.max(0, Math.floor(Math.log2(most / each)));
}

const pieces = <T>(all: T[], size: number): T[][] =>
  size >= all.length
    ? [all]
    : Array.from({ length: Math.ceil(all.length / size) }, (_, piece) => all.slice(piece * size, (piece + 1) * size));
