import { defineNode } from '../graph/node-definition.js';
import { choice, integer, number } from '../graph/params.js';
import { noiseSchedules, stepTime } from './support/noise.js';

/** The noise levels of step `index` on the grid t = linspace(1, 1e-5, steps + 1); the last step goes to alpha_s = 1. */
export const noiseSchedule = defineNode({
  kind: 'noise-schedule',
  summary: 'Turns the index of a denoising step into its noise levels alpha_t and alpha_s.',
  source: 'MDLM, arXiv 2406.07524',
  inputs: { index: 'number' },
  outputs: { level: 'noise-level' },
  params: {
    steps: integer({ min: 1, description: 'how many steps lead from pure noise to clean text' }),
    schedule: choice(['log-linear', 'cosine'], { default: 'log-linear' }),
    eps: number({ min: 0, max: 0.5, default: 1e-3, description: 'alpha at t = 1; 0 starts from pure noise exactly' }),
  },
  step: ({ inputs: { index }, params: { steps, schedule, eps } }) => {
    const alpha = noiseSchedules[schedule];
    const last = index >= steps - 1;
    return {
      level: {
        alphaT: alpha(stepTime(index, steps), eps),
        alphaS: last ? 1 : alpha(stepTime(index + 1, steps), eps),
        step: index,
        steps,
        last,
      },
    };
  },
});
