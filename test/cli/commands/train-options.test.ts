import { describe, expect, it } from 'vitest';
import { flagOf, numberOptions, trainRequestOf } from '../../../src/cli/commands/train-options.js';
import { parseTrainOptions } from '../../../src/training/options.js';

const needed = { out: 'runs/a', process: 'uniform' } as const;

describe('trainRequestOf', () => {
  it('leaves defaults to the trainer', () => {
    expect(trainRequestOf('text.txt', needed)).toEqual({ text: 'text.txt', ...needed });
  });

  it('turns flags into options that the trainer takes', () => {
    const flags = { ...needed, steps: '10', learningRate: '1e-3', heldOut: '0.2', mixture: '1:1,16:19', resume: true };
    expect(parseTrainOptions(trainRequestOf('text.txt', flags))).toMatchObject({
      steps: 10,
      learningRate: 1e-3,
      heldOut: 0.2,
      mixture: [
        { blockSize: 1, weight: 1 },
        { blockSize: 16, weight: 19 },
      ],
      resume: true,
    });
  });

  it('names the flag whose value is no number', () => {
    expect(() => trainRequestOf('text.txt', { ...needed, averageDecay: 'much' })).toThrow(
      '--average-decay must be a number, not "much"',
    );
    expect(() => trainRequestOf('text.txt', { ...needed, mixture: '1:2:3' })).toThrow(/--mixture .* as in 1:1,16:19/);
  });
});

it('flags are written with hyphens', () => {
  expect(flagOf('validationRows')).toBe('validation-rows');
});

it.each(numberOptions)('the help of %s tells its default', (name, description) => {
  const stated = /\(default: (.*)\)$/.exec(description)?.[1];
  expect(Number(stated)).toBe(parseTrainOptions({ text: 'text.txt', ...needed })[name]);
});
