import { z } from 'zod';
import { inWords } from './plan.js';

/** Number types that contestants compute in; `tf32` is 32 bits in memory and 10 bits of mantissa in products. */
export const numberTypes = ['fp32', 'tf32', 'fp16'] as const;

export type NumberType = (typeof numberTypes)[number];

export const ratesSchema = z.object({
  /** Bytes read or written a second. */
  bytes: z.number().positive().nullable(),
  /** Multiplications and additions of a large matrix product a second. */
  operations: z.number().positive().nullable(),
});

/** In a gap, in place of a case. */
export const itsRates = 'rates of its device';

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

/** What was not measured. */
const gapSchema = z.object({
  contestant: z.string(),
  /** A case in the words of the plan; `null`: the contestant took no part. */
  task: z.string().nullable(),
  /** `null`: time ran out. */
  why: z.string().nullable(),
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
  gaps: z.array(gapSchema),
});

export type Gpu = z.infer<typeof gpuSchema>;
export type Given = z.infer<typeof givenSchema>;
export type GpuContestant = z.infer<typeof contestantSchema>;
export type GpuForward = z.infer<typeof forwardSchema>;
export type GpuRun = z.infer<typeof runSchema>;
export type GpuGap = z.infer<typeof gapSchema>;

/** The same with what was measured anew in place of what was measured before, and of what had not been. */
export function merged(before: Gpu, now: Gpu): Gpu {
  const without = <T>(old: readonly T[], fresh: readonly T[], key: (value: T) => string): T[] => {
    const replaced = new Set(fresh.map(key));
    return [...old.filter((value) => !replaced.has(key(value))), ...fresh];
  };
  const named = (contestant: string, task: string | null): string => [contestant, task].join();
  const done = new Set([
    ...now.contestants.map(({ name }) => named(name, null)),
    ...now.contestants.flatMap(({ name, rates }) => (rates.bytes === null ? [] : named(name, itsRates))),
    ...now.forwards.map((each) => named(each.contestant, inWords({ task: 'forward', ...each }))),
    ...now.runs.map((each) => named(each.contestant, inWords({ task: 'run', ...each }))),
    ...now.gaps.map(({ contestant, task }) => named(contestant, task)),
  ]);
  return {
    ...now,
    gaps: [...before.gaps.filter(({ contestant, task }) => !done.has(named(contestant, task))), ...now.gaps],
    contestants: without(before.contestants, now.contestants, ({ name }) => name),
    forwards: without(before.forwards, now.forwards, ({ contestant, rows, cached }) =>
      [contestant, rows, cached].join(),
    ),
    runs: without(before.runs, now.runs, ({ contestant, pipeline, rows }) => [contestant, pipeline, rows].join()),
  };
}

/** What was not measured, as sentences. */
export function gapNotes(gaps: readonly GpuGap[]): string[] {
  const late = new Map<string, string[]>();
  for (const { contestant, task } of gaps.filter(({ why }) => why === null))
    late.set(contestant, [...(late.get(contestant) ?? []), task ?? 'all']);
  return [
    ...gaps.flatMap(({ contestant, task, why }) => {
      if (why === null) return [];
      return task === null ? `${contestant} took no part: ${why}` : `${contestant}, ${task} failed: ${why}`;
    }),
    ...[...late].map(([contestant, tasks]) => `Time ran out before ${contestant}: ${tasks.join('; ')}.`),
  ];
}
