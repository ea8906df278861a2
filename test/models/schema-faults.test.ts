import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../src/models/checkpoint/config.js';
import { readExpected } from '../../src/models/parity/expected.js';
import { checkSchema } from '../../src/models/schema-faults.js';
import { parseTrainOptions } from '../../src/training/options.js';

const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
};

describe('what keeps a value from a schema', () => {
  const cases: readonly (readonly [z.ZodType, unknown, string])[] = [
    [z.number(), 'x', 'expected a number, found "x"'],
    [z.number(), NaN, 'expected a number, found NaN'],
    [z.number().int(), 0.5, 'expected a whole number, found 0.5'],
    [z.number().positive(), 0, 'expected a number above 0, found 0'],
    [z.number().min(1), 0, 'expected a number of at least 1, found 0'],
    [z.number().max(1), 2, 'expected a number of at most 1, found 2'],
    [z.number().lt(1), 1, 'expected a number below 1, found 1'],
    [z.string(), undefined, 'expected a text, found nothing'],
    [z.string().min(1), '', 'expected a text that is not empty, found ""'],
    [z.boolean(), null, 'expected true or false, found null'],
    [z.array(z.number()).nonempty(), [], 'expected a list of at least 1, found an empty list'],
    [z.tuple([z.number(), z.number()]), [1], 'expected a list of at least 2, found a list of 1'],
    [z.enum(['a', 'b']), 'c', 'expected "a" or "b", found "c"'],
    [z.object({}), 'y'.repeat(90), `expected an object, found "${'y'.repeat(39)}...`],
    [z.object({}).strict(), { more: 1 }, '"more" is not known'],
  ];
  it.each(cases)('%# is told in our words', (schema, value, expected) => {
    const outcome = checkSchema(schema, value);
    expect(outcome).toEqual({ success: false, faults: [`the whole: ${expected}`] });
  });

  it('is told of the closest of several forms, with its place', () => {
    const form = z.union([z.object({ a: z.string(), b: z.string() }), z.object({ c: z.number(), d: z.string() })]);
    expect(checkSchema(z.object({ list: z.array(form) }), { list: [{ c: '1', d: 'x' }] })).toEqual({
      success: false,
      faults: ['list.0.c: expected a number, found "1"'],
    });
  });

  it('reaches people in training options, in a configuration, and in parity cases', async () => {
    const options = {
      text: 't',
      out: 'o',
      process: 'absorbing',
      layers: 0,
      steps: 1.5,
      mixture: [{ blockSize: 3, weight: 1 }],
    };
    expect(messageOf(() => parseTrainOptions(options))).toBe(
      'The training options do not work: layers: expected a number above 0, found 0; ' +
        'mixture.0.blockSize: expected a power of two, found 3; steps: expected a whole number, found 1.5.',
    );
    const config = { type: 'gpt', hidden_size: 8, n_blocks: -1, n_heads: 2, length: '16' };
    expect(messageOf(() => parseConfig(config, 'config.json'))).toBe(
      'config.json is not a model configuration (type: expected "block-dit" or "dit", found "gpt"; ' +
        'n_blocks: expected a number above 0, found -1; length: expected a number, found "16").',
    );
    const folder = mkdtempSync(join(tmpdir(), 'samplewire-faults-'));
    writeFileSync(
      join(folder, 'expected.json'),
      JSON.stringify({ process: 'ar', vocabSize: 3, tolerance: 1, cases: [{ mode: 'other' }] }),
    );
    await expect(readExpected(folder)).rejects.toThrow(
      /parity cases \(cases\.0\.mode: expected "train" or "generate" or "full" or "incremental", found "other"\)\.$/,
    );
    rmSync(folder, { recursive: true });
  });
});
