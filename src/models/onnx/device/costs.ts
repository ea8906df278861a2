import type { Costs } from '../engine/costs.js';

/**
 * A graphics card's costs, in its orders of magnitude: some 10 us for an operator to start, of which a block has about 25; some
 * 5e12 multiplications a second; and weights that are read in the time in which some 64 tokens are multiplied with them. One big
 * pass beats several but where lengths are far apart.
 */
export const deviceCosts: Costs = {
  pass: 12,
  least: 64,
  start: 1e9,
  // The scores of attention are the largest arrays of a pass, and must fit into one buffer.
  mostTokens: 2048,
  // All that lies on the device is moved at once, by two copies of it.
  move: 500,
  fromFirst: true,
};
