import { describe, expect, it } from 'vitest';
import { modelCard, type CardFacts } from '../../src/training/model-card.js';
import { parseTrainOptions, type TrainRequest } from '../../src/training/options.js';

function card(options: Partial<TrainRequest>, facts: Partial<CardFacts> = {}): string {
  return modelCard({
    options: parseTrainOptions({ text: 'a.txt', out: 'out', process: 'absorbing', ...options }),
    parts: [{ step: 0, command: 'samplewire train' }],
    blockSizes: [1],
    parameters: 10,
    vocabulary: 3,
    text: { sha256: 'ab', training: 9, heldOut: 1 },
    step: 1,
    seconds: 60,
    validation: undefined,
    ...facts,
  });
}

describe('a model card', () => {
  it.each([
    [{}, '100 steps of warm-up, then constant, clip'],
    [{ warmup: 0 }, 'no warm-up, then constant, clip'],
    [{ warmup: 1, cooldown: 0.4 }, '1 step of warm-up, falling over the last 40%, clip'],
    [{ cooldown: 0.004 }, 'falling over the last 0.4%, clip'],
    [{ cooldown: 1 }, 'falling over the last 100%, clip'],
    [{ rows: 1, views: 1 }, '| 1 row, each noised once |'],
    [{ steps: 1 }, '1 of 1 step ('],
  ])('says of %j: %s', (options, words) => {
    expect(card(options)).toContain(words);
  });

  it.each([
    [0.2, '0 seconds'],
    [1.2, '1 second'],
    [60, '60 seconds'],
    [119.6, '2 minutes'],
    [4500, '75 minutes'],
    [7200, '2 hours'],
    [9000, '2.5 hours'],
  ])('says how long %d s were', (seconds, words) => {
    expect(card({}, { seconds })).toContain(`noised) in ${words}, backend`);
  });
});
