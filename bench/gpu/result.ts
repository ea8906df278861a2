import { z } from 'zod';

/** Number types that contestants compute in; `tf32` is 32 bits in memory and 10 bits of mantissa in products. */
export const numberTypes = ['fp32', 'tf32', 'fp16'] as const;

export type NumberType = (typeof numberTypes)[number];

export const ratesSchema = z.object({
  /** Bytes read or written a second. */
  bytes: z.number().positive().nullable(),
  /** Multiplications and additions of a large matrix product a second. */
  operations: z.number().positive().nullable(),
});

/** What the card's data sheet says, where somebody gave it. */
const givenSchema = z.object({
  bytes: z.number().positive().nullable(),
  /** Of matrix products in each number type. */
  operations: z.partialRecord(z.enum(numberTypes), z.number().positive()),
});

const contestantSchema = z.object({
  name: z.string(),
  numbers: z.enum(numberTypes),
  /** What it computed on, in words. */
  device: z.string(),
  /** Measured with its own operators. */
  rates: ratesSchema,
});

/** One denoise forward with the most likely tokens read back. */
const forwardSchema = z.object({
  contestant: z.string(),
  rows: z.number(),
  cached: z.number(),
  milliseconds: z.array(z.number()).nonempty(),
});

/** A pipeline from the first token to the last. */
const runSchema = z.object({
  contestant: z.string(),
  pipeline: z.string(),
  rows: z.number(),
  /** Tokens of all rows together. */
  tokens: z.number(),
  milliseconds: z.array(z.number()).nonempty(),
});

/** What was measured on one device, as it came. */
export const gpuSchema = z.object({
  /** The card by its driver's own tool; `null` where that is not there. */
  card: z.object({ name: z.string(), driver: z.string(), memory: z.string() }).nullable(),
  /** Measured on a device in software: of no use but to try the benchmark out. */
  software: z.boolean(),
  shape: z.object({ layers: z.number(), hidden: z.number(), vocabularySize: z.number() }),
  block: z.number(),
  given: givenSchema,
  contestants: z.array(contestantSchema),
  forwards: z.array(forwardSchema),
  runs: z.array(runSchema),
});

export type Gpu = z.infer<typeof gpuSchema>;
export type Given = z.infer<typeof givenSchema>;
export type GpuContestant = z.infer<typeof contestantSchema>;
export type GpuForward = z.infer<typeof forwardSchema>;
export type GpuRun = z.infer<typeof runSchema>;

/** The same with what was measured anew in place of what was measured before. */
export function merged(before: Gpu, now: Gpu): Gpu {
  const without = <T>(old: readonly T[], fresh: readonly T[], key: (value: T) => string): T[] => {
    const replaced = new Set(fresh.map(key));
    return [...old.filter((value) => !replaced.has(key(value))), ...fresh];
  };
  return {
    ...now,
    contestants: without(before.contestants, now.contestants, ({ name }) => name),
    forwards: without(before.forwards, now.forwards, ({ contestant, rows, cached }) =>
      [contestant, rows, cached].join(),
    ),
    runs: without(before.runs, now.runs, ({ contestant, pipeline, rows }) => [contestant, pipeline, rows].join()),
  };
}
