import { number } from '../../graph/params.js';

/** What every forward takes: the divisor of its logits. */
export const temperature = number({
  min: 0,
  default: 1,
  description: 'divides the logits; 0 takes the most probable token',
});
