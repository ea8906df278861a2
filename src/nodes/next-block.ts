import { defineNode } from '../graph/node-definition.js';
import { integer } from '../graph/params.js';
import { priorNoise } from './support/noise.js';

/**
 * Opens the next block of prior noise. Where clean tokens are token-causal it begins right behind the
 * canvas; where they attend by blocks it begins on the grid of blocks, and canvas tokens that fall inside
 * are fixed. The last block of a row ends with the row.
 */
export const nextBlock = defineNode({
  kind: 'next-block',
  summary: 'Opens the next block of a row, filled with prior noise.',
  source: 'BD3-LM, arXiv 2503.09573; BlockGen, arXiv 2606.02241',
  inputs: { canvas: 'canvas' },
  outputs: { block: 'block' },
  params: {
    blockSize: integer({ min: 1, optional: true, description: 'positions in a block; left out, all that are left' }),
  },
  objections: ({ blockSize }, { blockSizes, name }) =>
    blockSize === undefined || blockSizes === null || blockSizes.includes(blockSize)
      ? []
      : [
          {
            severity: 'warning',
            message: `${name} was not trained on block size ${blockSize.toString()} (trained on ${blockSizes.join(', ')})`,
          },
        ],
  step: ({ inputs: { canvas }, params, context }) => {
    const written = canvas.tokens.length;
    const onGrid = context.manifest.causality === 'block-causal';
    const size = params.blockSize ?? (onGrid ? canvas.length : canvas.length - written);
    const start = onGrid ? written - (written % size) : written;
    const count = Math.min(size, canvas.length - start);
    if (written >= canvas.length) {
      throw new Error(
        `the row already has its ${canvas.length.toString()} tokens; branch on canvas-done before opening a block`,
      );
    }
    const noise = priorNoise(context, count);
    return {
      block: {
        start,
        size,
        tokens: noise.map((token, i) => canvas.tokens[start + i] ?? token),
        fixed: noise.map((_, i) => start + i < written),
      },
    };
  },
});
