import { pipeline } from '../../../src/graph/builder/pipeline.js';
import type { Pipeline } from '../../../src/graph/builder/types.js';
import { choice, integer, number } from '../../../src/graph/params.js';
import { append, denoise, openBlock, sampleStep, threshold } from './nodes.js';

/** A subgraph: one denoising step. */
export const oneStep = pipeline(
  'one-step',
  {
    inputs: { cache: 'cache', block: 'block' },
    params: { temperature: number({ min: 0, default: 0.5 }), mode: choice(['sample', 'greedy']) },
  },
  (g) => {
    const d = g.node('denoise', denoise, g.input, { temperature: g.param.temperature });
    const s = g.node('sample', sampleStep, { prediction: d.prediction, block: g.input.block }, { mode: g.param.mode });
    return { block: s.block, cache: d.cache };
  },
);

/** Loops in a loop, an if, a subgraph used twice, invariants from around, and a parameter of every type. */
export const sampler = pipeline(
  'sampler',
  {
    description: 'Blocks of steps.',
    inputs: { canvas: 'canvas', cache: 'cache' },
    params: {
      steps: integer({ min: 1, max: 100, default: 16, description: 'steps a block' }),
      warmup: integer({ min: 0, default: 2 }),
      temperature: number({ min: 0, max: 2, default: 1 }),
      mode: choice(['sample', 'greedy'], { default: 'sample' }),
    },
  },
  (g) => {
    const blocks = g.loop('blocks', { carry: g.input, max: 1000 }, (b, row) => {
      const open = b.node('open', openBlock, { canvas: row.canvas }, { blockSize: 8 });
      const steps = b.loop(
        'steps',
        { carry: { block: open.block, cache: row.cache }, max: g.param.steps },
        (s, x, index) => {
          const late = s.node('late', threshold, { value: index }, { limit: g.param.warmup });
          const picked = s.when(
            'guided',
            late.flag,
            (t) => {
              const first = t.use('first', oneStep, x, { mode: g.param.mode, temperature: g.param.temperature });
              return t.use('second', oneStep, first, { mode: 'greedy' });
            },
            (e) => e.use('only', oneStep, x, { mode: g.param.mode }),
          );
          return { next: picked };
        },
      );
      const { canvas, done } = b.node('append', append, { canvas: row.canvas, block: steps.block });
      return { next: { canvas, cache: steps.cache }, until: done };
    });
    return { canvas: blocks.canvas };
  },
);

export const examples: readonly Pipeline[] = [oneStep, sampler];
