import { z } from 'zod';
import { noiseProcesses } from '../../graph/manifest.js';
import { candidates, precisions, type CandidateName } from '../backends.js';

const text = z.string();

/** A model that a probe times. */
const timedModel = z.object({
  /** Its name in the report. */
  name: text,
  folder: text,
  /** As in `OpenOptions`. */
  process: z.enum(noiseProcesses).optional(),
});

/** What a probe's process is asked, as the one argument of its command line, in JSON. */
export const probeRequest = z.object({
  backend: z.enum(candidates),
  precision: z.enum(precisions).optional(),
  threads: z.number().int().positive().optional(),
  /** Checkpoint folder with an `expected.json`. */
  parity: text,
  /** Models to be timed, one after the other. */
  models: z.array(timedModel),
});

export type TimedModel = z.infer<typeof timedModel>;
export type ProbeRequest = z.infer<typeof probeRequest>;

const timing = z.object({
  model: text,
  /** Of a forward and a draw of its tokens: the median. */
  milliseconds: z.number().positive(),
});

export type Timing = z.infer<typeof timing>;

/** What a probe's process tells; any may be the last, for it may crash. */
export const probeMessage = z.discriminatedUnion('kind', [
  /** What it is about to do. */
  z.object({ kind: z.literal('stage'), stage: text }),
  /** The backend loads; `device` is what it computes on, `notes` what is not as it could be. */
  z.object({ kind: z.literal('found'), device: text.nullable(), notes: z.array(text).readonly() }),
  /** The largest difference of a logit from the reference, NaN where one is not a number. */
  z.object({ kind: z.literal('compared'), difference: z.number().or(z.nan()), tolerance: z.number() }),
  z.object({ kind: z.literal('timed'), ...timing.shape }),
  /** The machine does not have what it takes; `reason` names the remedy. */
  z.object({ kind: z.literal('missing'), reason: text }),
  /** It computes, but not what it should. */
  z.object({ kind: z.literal('wrong'), reason: text }),
  z.object({ kind: z.literal('failed'), reason: text }),
  z.object({ kind: z.literal('done') }),
]);

export type ProbeMessage = z.infer<typeof probeMessage>;

/**
 * `verified`: it computes what the reference does. `wrong`: it does not. `missing`: the machine does not have it. `failed`: it threw,
 * crashed or did not come to an end before it could be compared.
 */
export type ProbeStatus = 'verified' | 'wrong' | 'missing' | 'failed';

/** What came of trying one backend. */
export interface ProbeReport {
  readonly backend: CandidateName;
  readonly status: ProbeStatus;
  /** A sentence: why it is not verified, or why it was not timed on every model. */
  readonly reason: string | null;
  /** What it computes on, where that has a name. */
  readonly device: string | null;
  /** Sentences on what is not as it could be: a card that is not used, an installation that does not load beside one that does. */
  readonly notes: readonly string[];
  /** Largest absolute difference of logits from the reference, NaN where one is not a number; `null` where none were had. */
  readonly difference: number | null;
  /** Largest that is accepted. */
  readonly tolerance: number | null;
  readonly timings: readonly Timing[];
}
