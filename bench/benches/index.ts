import type { Bench } from '../harness/bench.js';
import { batching } from './batching.js';
import { cache } from './cache.js';
import { decode } from './decode.js';
import { forward } from './forward.js';
import { memory } from './memory.js';
import { overhead } from './overhead.js';
import { precision } from './precision.js';
import { sampling } from './sampling.js';
import { scale } from './scale.js';

/** In the order in which they are measured and reported. */
export const benches: readonly Bench[] = [
  forward,
  decode,
  batching,
  scale,
  cache,
  overhead,
  memory,
  sampling,
  precision,
];
