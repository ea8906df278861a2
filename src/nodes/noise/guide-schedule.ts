import { defineNode } from '../../graph/node-definition.js';
import { integer } from '../../graph/params.js';

/** A step is guided from `warmup` on, every `guideEvery`-th, and never the last, which has nothing left to correct. */
export const guideSchedule = defineNode({
  kind: 'guide-schedule',
  summary: 'Says whether a denoising step is a guided one: from warmup on, every so many, never the last.',
  source: 'BlockGen, arXiv 2606.02241',
  inputs: { level: 'noise-level' },
  outputs: { guided: 'flag' },
  params: {
    warmup: integer({ min: 0, default: 0, description: 'how many steps come before the first guided one' }),
    guideEvery: integer({ min: 1, default: 1, description: 'distance between guided steps' }),
  },
  step: ({ inputs: { level }, params: { warmup, guideEvery } }) => ({
    guided: level.step >= warmup && (level.step - warmup) % guideEvery === 0 && !level.last,
  }),
});
