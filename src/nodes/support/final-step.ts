import { choice } from '../../graph/params.js';

/** What every node that draws x_s takes: how it goes to clean text. */
export const finalStep = choice(['sample', 'greedy'], {
  default: 'sample',
  description: 'how the last step removes noise: a draw, or the most probable token',
});
