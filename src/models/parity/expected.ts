import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../graph/input-error.js';
import { readJson } from '../checkpoint/files.js';
import { checkSchema } from '../schema-faults.js';

const tensor = z
  .object({ shape: z.array(z.number().int().nonnegative()), data: z.array(z.number()) })
  .refine(({ shape, data }) => shape.reduce((product, n) => product * n, 1) === data.length, {
    error: 'the numbers of data do not fill the shape',
  });

/** A case that compares nothing would pass whatever the network does. */
const logits = tensor.refine(({ data }) => data.length > 0, { message: 'there is nothing to compare' });

const blockSize = z.number().int().positive();
const cachedBefore = z.number().int().nonnegative();
const denoiseStep = z.object({ commit: tensor, noisy: tensor, cachedBefore, logits });
const arScoreStep = z.object({ arScore: tensor, probe: tensor, cachedBefore, logits });

const schema = z.object({
  /** `ar`: a causal baseline without noise. */
  process: z.enum(['absorbing', 'uniform', 'ar']),
  vocabSize: z.number().int().positive(),
  /** Largest absolute difference of logits that is accepted. */
  tolerance: z.number().positive(),
  cases: z
    .array(
      z.discriminatedUnion('mode', [
        z.object({ mode: z.literal('train'), blockSize, clean: tensor, noisy: tensor, logits }),
        z.object({
          mode: z.literal('generate'),
          blockSize,
          steps: z.array(z.union([denoiseStep, arScoreStep])).nonempty(),
        }),
        z.object({ mode: z.literal('full'), noisy: tensor, logits }),
        z.object({ mode: z.literal('incremental'), steps: z.array(z.object({ tokens: tensor, logits })).nonempty() }),
      ]),
    )
    .nonempty(),
});

/** What a network is expected to put out, in a checkpoint folder's `expected.json`. */
export type Expected = z.infer<typeof schema>;
export type ParityCase = Expected['cases'][number];
export type CaseOf<M extends ParityCase['mode']> = Extract<ParityCase, { readonly mode: M }>;
/** Row-major numbers with their shape. */
export type ExpectedTensor = z.infer<typeof tensor>;

/** Reads a folder's `expected.json`. Throws an `InputError` when it is missing or malformed. */
export async function readExpected(folder: string): Promise<Expected> {
  const path = join(folder, 'expected.json');
  const json = await readJson(path, { what: 'a file of parity cases', most: 5e8 });
  if (json === undefined) throw new InputError(`There is no file ${path}, so there is nothing to verify against.`);
  const result = checkSchema(schema, json);
  if (result.success) return result.data;
  throw new InputError(`${path} does not hold parity cases (${result.faults.slice(0, 4).join('; ')}).`);
}

/** A case in words. */
export const labelOf = (parityCase: ParityCase): string =>
  'blockSize' in parityCase ? `${parityCase.mode}, block size ${parityCase.blockSize}` : parityCase.mode;

/** The rows of a [rows, n] tensor. */
export function rowsOf({ shape, data }: ExpectedTensor): number[][] {
  const [rows = 0, width = 0] = shape;
  return Array.from({ length: rows }, (_, row) => data.slice(row * width, (row + 1) * width));
}
