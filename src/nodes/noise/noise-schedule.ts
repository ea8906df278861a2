import { defineNode } from '../../graph/node-definition.js';
import { choice, integer, number } from '../../graph/params.js';
import { noiseSchedules, stepTime } from '../support/noise.js';
import { refusal } from '../support/objection.js';

/**
 * The noise levels of step `index` on the grid t = linspace(start, end, steps + 1), an `end` of 0 taken as 1e-5. Only with
 * that does the last step go to alpha_s = 1; a schedule that ends before leaves the rest to another one, and one
 * whose `start` is its `end` holds alpha where it is.
 */
export const noiseSchedule = defineNode({
  kind: 'noise-schedule',
  summary: 'Turns the index of a denoising step into its noise levels alpha_t and alpha_s.',
  source: 'MDLM, arXiv 2406.07524',
  inputs: { index: 'number' },
  outputs: { level: 'noise-level' },
  params: {
    steps: integer({ min: 1, description: 'how many steps lead from start to end' }),
    schedule: choice(['log-linear', 'cosine'], { default: 'log-linear' }),
    eps: number({ min: 0, max: 0.5, default: 1e-3, description: 'alpha at t = 1; 0 starts from pure noise exactly' }),
    start: number({
      min: 0,
      max: 1,
      default: 1,
      description: 'time of the first step; 1 is pure noise, 0 clean text, of which nothing changes any more',
    }),
    end: number({
      min: 0,
      max: 1,
      default: 0,
      description: 'time after the last step; 0 is clean text',
    }),
  },
  objections: ({ start, end }) =>
    end <= start
      ? []
      : [refusal(`time runs from 1 (noise) down to 0 (clean text), so end cannot be ${end} where start is ${start}`)],
  step: ({ inputs: { index }, params: { steps, schedule, eps, start, end } }) => {
    const alpha = noiseSchedules[schedule];
    const last = end === 0 && index >= steps - 1;
    return {
      level: {
        alphaT: alpha(stepTime(index, steps, start, end), eps),
        alphaS: last ? 1 : alpha(stepTime(index + 1, steps, start, end), eps),
        step: index,
        steps,
        last,
      },
    };
  },
});
