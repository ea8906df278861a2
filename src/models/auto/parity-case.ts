import { join } from 'node:path';
import { packageFolder } from './packages.js';

/** A small checkpoint with the logits that the reference implementation computes, which comes with the package. */
export const parityCase = join(packageFolder, 'test', 'fixtures', 'parity', 'blockgen-absorb-causal');
