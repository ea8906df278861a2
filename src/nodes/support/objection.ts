import type { Objection } from '../../graph/node-definition.js';

/** Keeps a pipeline from running on a model. */
export const refusal = (message: string): Objection => ({ severity: 'error', message });

/** Lets it run, and tells people. */
export const warning = (message: string): Objection => ({ severity: 'warning', message });
