import { InputError } from '../graph/input-error.js';
import type { Corpus } from './corpus.js';
import type { OptimizerState } from './optimizer.js';
import { commandLine, type TrainOptions } from './options.js';
import { refuseCheckpoint } from './out-folder.js';
import { initialParameters, type ParameterLayout } from './parameters.js';
import { randomStream } from './random.js';
import { readRecord, readVectors, type PastValidation, type RunPart, type RunRecord } from './run-files.js';

/** Where a run starts. */
export interface Beginning {
  /** Steps already done. */
  readonly step: number;
  readonly seconds: number;
  readonly parts: RunPart[];
  readonly validations: PastValidation[];
  readonly vectors: OptimizerState<Float32Array>;
}

/**
 * The saved run to go on with; `undefined` without `resume`. Throws an `InputError` when there is a run or a checkpoint and no `resume`, or
 * `resume` and no run.
 */
export async function savedRun({ out, resume }: TrainOptions): Promise<RunRecord | undefined> {
  const record = await readRecord(out);
  if (resume) {
    if (record === undefined) throw new InputError(`${out} holds no run to resume.`);
    return record;
  }
  if (record !== undefined) {
    throw new InputError(`${out} already holds a run of ${record.step} steps: resume it, or choose another folder.`);
  }
  await refuseCheckpoint(out);
  return undefined;
}

/**
 * Fresh weights, or with `resume` the saved run. Throws an `InputError` where `savedRun` does, and for
 * a run of another model or on another text.
 */
export async function beginning(options: TrainOptions, corpus: Corpus, layout: ParameterLayout): Promise<Beginning> {
  const { out } = options;
  const record = await savedRun(options);
  if (record === undefined) {
    const parameters = initialParameters(layout, options.layers, randomStream(options.seed, 'weights', 0));
    const zeros = new Float32Array(layout.size);
    const vectors = { parameters, average: parameters, first: zeros, second: zeros };
    return { step: 0, seconds: 0, parts: withPart([], 0, options), validations: [], vectors };
  }
  const faults = differences(options, record);
  if (record.textSha256 !== corpus.sha256) faults.push(`${options.text} is not the text that it was started on`);
  if (faults.length > 0) throw new InputError(`The run in ${out} can't go on like this: ${faults.join('; ')}.`);
  const { step, seconds, validations } = record;
  return {
    step,
    seconds,
    validations,
    parts: withPart(record.parts, step, options),
    vectors: await readVectors(out, record, layout.size),
  };
}

/** Options that make a model and its batches what they are. */
const fixed = ['process', 'layers', 'hidden', 'heads', 'length', 'rows', 'views', 'seed', 'heldOut'] as const;

/** Options that would make a resumed run another model. */
function differences(now: TrainOptions, { options: then }: RunRecord): string[] {
  return fixed
    .filter((name) => now[name] !== then[name])
    .map((name) => `${name} was ${JSON.stringify(then[name])}, not ${now[name]}`);
}

/** The commands so far with this one, which counts only where it trains differently from the last. */
function withPart(parts: readonly RunPart[], step: number, options: TrainOptions): RunPart[] {
  const command = commandLine(options);
  return parts.at(-1)?.command === command
    ? [...parts]
    : [...parts.filter((part) => part.step < step), { step, command }];
}
