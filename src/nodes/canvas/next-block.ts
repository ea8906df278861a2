import { givenAt } from '../../graph/given.js';
import { defineNode } from '../../graph/node-definition.js';
import { integer } from '../../graph/params.js';
import { priorNoise } from '../support/noise.js';
import { refusal, warning } from '../support/objection.js';

/**
 * Opens the next block of prior noise. Where clean tokens are token-causal it begins right behind the
 * canvas; where they attend by blocks it begins on the grid of blocks, and canvas tokens that fall inside
 * are fixed. So are tokens that the row's template gives. The last block of a row ends with the row.
 */
export const nextBlock = defineNode({
  kind: 'next-block',
  summary: 'Opens the next block of a row, filled with prior noise where nothing is given.',
  source: 'BD3-LM, arXiv 2503.09573; BlockGen, arXiv 2606.02241',
  inputs: { canvas: 'canvas' },
  outputs: { block: 'block' },
  params: {
    blockSize: integer({ min: 1, optional: true, description: 'positions in a block; left out, all that are left' }),
  },
  objections: ({ blockSize }, { blockSizes, causality, predicts, name }) => {
    if (predicts === 'next-token') {
      if (blockSize === 1) return [];
      const asked = blockSize === undefined ? 'one block as long as the row' : `blocks of ${blockSize}`;
      return [refusal(`${name} predicts one token at a time (blockSize 1), not ${asked}`)];
    }
    if (causality === 'bidirectional') {
      return blockSize === undefined
        ? []
        : [warning(`${name} was trained on whole rows, not on blocks of ${blockSize}`)];
    }
    if (blockSizes === null || (blockSize !== undefined && blockSizes.includes(blockSize))) return [];
    const size = blockSize === undefined ? 'one block as long as the row' : `block size ${blockSize}`;
    return [warning(`${name} was not trained on ${size} (trained on ${blockSizes.join(', ')})`)];
  },
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
    const known = noise.map((_, i) => canvas.tokens[start + i] ?? givenAt(canvas.template, start + i));
    return {
      block: {
        start,
        size,
        tokens: noise.map((token, i) => known[i] ?? token),
        fixed: known.map((token) => token !== undefined),
      },
    };
  },
});
