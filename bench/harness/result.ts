import { z } from 'zod';
import { gpuSchema } from '../gpu/result.js';

/** What one contestant took in each round, in their order; `null` where it sat out. */
const seriesSchema = z.object({ name: z.string(), samples: z.array(z.number().nullable()) });

/** Contestants that did the same work in turn. */
const measureSchema = z.object({
  /** What was done: `1 row, 256 cached`. */
  case: z.string(),
  unit: z.string(),
  series: z.array(seriesSchema),
});

/** What a figure should be at least, or at most. */
const aimSchema = z.union([z.object({ least: z.number() }), z.object({ most: z.number() })]);

/** A number that says something, with the quartiles (or the standard error) that say how well it is known. */
const figureSchema = z.object({
  figure: z.string(),
  case: z.string(),
  unit: z.enum(['times', '%', 'ms', 'µs', 'MB', 's', 'tokens/s', 'nats/token']),
  value: z.number(),
  lower: z.number(),
  upper: z.number(),
  aim: aimSchema.nullable(),
});

const machineSchema = z.object({
  processor: z.string(),
  cores: z.number(),
  memoryGB: z.number(),
  system: z.string(),
  node: z.string(),
});

/** All that one benchmark leaves behind. */
export const resultSchema = z.object({
  format: z.literal(1),
  bench: z.string(),
  title: z.string(),
  /** How it was measured, for readers. */
  method: z.string(),
  command: z.string(),
  date: z.iso.datetime(),
  /** `-dirty` behind it where files differed; `null` outside a repository. */
  commit: z.string().nullable(),
  machine: machineSchema,
  versions: z.record(z.string(), z.string()),
  threads: z.number(),
  measures: z.array(measureSchema),
  figures: z.array(figureSchema),
  /** Who was missing and why, and what the figures leave out. */
  notes: z.array(z.string()),
  /** Of the benchmark `gpu`, in place of measures and figures. */
  gpu: gpuSchema.exactOptional(),
});

export type Series = z.infer<typeof seriesSchema>;
export type Measure = z.infer<typeof measureSchema>;
export type Aim = z.infer<typeof aimSchema>;
export type Figure = z.infer<typeof figureSchema>;
export type Machine = z.infer<typeof machineSchema>;
export type Result = z.infer<typeof resultSchema>;

/** What a benchmark itself has to say; the rest is the same for all. */
export type Findings = Pick<Result, 'measures' | 'figures' | 'notes' | 'gpu'>;

/** Whether a figure is as good as it should be; `null` where nothing was asked of it. */
export function isMet({ value, aim }: Pick<Figure, 'value' | 'aim'>): boolean | null {
  if (aim === null) return null;
  return 'least' in aim ? value >= aim.least : value <= aim.most;
}
