import type { GivenTokens } from '../graph/values.js';

/**
 * A row's given tokens with its model's BOS in front, as in training: also where nothing is given, so that no model has
 * to write it, but not where the beginning (`first`: the prompt, or the first piece of a template) is given as token ids,
 * which are taken as they are, nor twice.
 */
export function beginRow<T extends GivenTokens>(given: T, first: unknown, bosId: number | null): T | [number, ...T] {
  const byIds = Array.isArray(first) && first.length > 0;
  return bosId === null || byIds || given[0] === bosId ? given : [bosId, ...given];
}
