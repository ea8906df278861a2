import { z } from 'zod';
import { backends } from '../../src/models/backends.js';
import { numberTypes, ratesSchema } from '../gpu/result.js';
import { layouts } from './ceiling/products.js';

/**
 * What is asked of a contestant in a process of its own, one line of JSON each on its standard input; it answers each
 * by one line on its standard output, `torch_eager.py` as well as `host.ts`.
 */

const shapeSchema = z.object({
  layers: z.number(),
  heads: z.number(),
  hidden: z.number(),
  vocabularySize: z.number(),
});

/** Who is to be measured. */
export const subjectSchema = z.discriminatedUnion('subject', [
  z.object({
    subject: z.literal('model'),
    folder: z.string(),
    backend: z.string(),
    precision: z.string(),
    threads: z.number(),
  }),
  z.object({
    subject: z.literal('products'),
    folder: z.string(),
    shape: shapeSchema,
    layout: z.enum(layouts),
    threads: z.number(),
  }),
  z.object({
    subject: z.literal('torch'),
    folder: z.string(),
    threads: z.number(),
    /** The processor where it is left out. */
    device: z.literal('cuda').exactOptional(),
    /** fp32 where it is left out. */
    numbers: z.enum(numberTypes).exactOptional(),
  }),
  /** What a backend's device is, and what it can do: no network is opened. */
  z.object({ subject: z.literal('device'), backend: z.enum(backends), threads: z.number() }),
]);

const caseSchema = z.object({
  rows: z.number(),
  cached: z.number(),
  block: z.number(),
  /** Of the ceiling: how many of the tokens of each row logits are computed for. */
  answers: z.number(),
  /** Of the ceiling: whether the products of attention count. */
  attention: z.boolean(),
  /** Whether the most likely tokens are read back, before which a device need not be done. */
  readBack: z.boolean().exactOptional(),
});

export const commandSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('open'), what: subjectSchema }),
  /** One forward that does not count, then `repeat` that do, or fewer where they take more than `budget` milliseconds. */
  z.object({ do: z.literal('forward'), at: caseSchema, repeat: z.number(), budget: z.number().exactOptional() }),
  /** A row by ARPC; with blocks of one token and one step, autoregression. */
  z.object({ do: z.literal('decode'), tokens: z.number(), block: z.number(), steps: z.number() }),
  /** Rows by a pipeline, with its defaults. */
  z.object({ do: z.literal('run'), pipeline: z.string(), rows: z.number(), tokens: z.number() }),
  z.object({ do: z.literal('rates'), numbers: z.enum(numberTypes), quick: z.boolean() }),
  z.object({ do: z.literal('memory') }),
]);

export const openedSchema = z.object({
  milliseconds: z.number(),
  /** The most memory that the process had before. */
  bytesBefore: z.number(),
  versions: z.record(z.string(), z.string()),
  /** Of the subject `device`, and of PyTorch where it is not on the processor. */
  device: z.object({ name: z.string(), software: z.boolean() }).exactOptional(),
});
export const forwardedSchema = z.object({ milliseconds: z.array(z.number()) });
/** Milliseconds in all, and of them in forwards. */
export const decodedSchema = z.object({ milliseconds: z.number(), forwards: z.number() });
/** Milliseconds, and tokens of all rows. */
export const ranSchema = z.object({ milliseconds: z.number(), tokens: z.number() });
export { ratesSchema };
export const memorySchema = z.object({ peakBytes: z.number() });
export const refusedSchema = z.object({ error: z.string() });

export type Subject = z.infer<typeof subjectSchema>;
export type ForwardCase = z.infer<typeof caseSchema>;
export type Command = z.infer<typeof commandSchema>;
export type Opened = z.infer<typeof openedSchema>;
export type Decoded = z.infer<typeof decodedSchema>;
export type Ran = z.infer<typeof ranSchema>;
export type Memory = z.infer<typeof memorySchema>;
