import { InputError } from '../graph/input-error.js';
import type { Corpus } from './corpus.js';
import { cooldownStart, type OptimizerState } from './optimizer.js';
import type { TrainOptions } from './options.js';
import { initialParameters, type ParameterLayout } from './parameters.js';
import { randomStream } from './random.js';
import { readRecord, readVectors, type PastValidation, type RunRecord } from './run-files.js';

/** Where a run starts. */
export interface Beginning {
  /** Steps already done. */
  readonly step: number;
  readonly seconds: number;
  readonly validations: PastValidation[];
  readonly vectors: OptimizerState<Float32Array>;
}

/**
 * Fresh weights, or with `resume` the saved run. Throws an `InputError` when there is a run and no `resume`,
 * `resume` and no run, or a run with other options or on another text.
 */
export async function beginning(options: TrainOptions, corpus: Corpus, layout: ParameterLayout): Promise<Beginning> {
  const { out } = options;
  const record = await readRecord(out);
  if (!options.resume) {
    if (record !== undefined) {
      throw new InputError(`${out} already holds a run of ${record.step} steps: resume it, or choose another folder.`);
    }
    const parameters = initialParameters(layout, options.layers, randomStream(options.seed, 'weights', 0));
    const zeros = new Float32Array(layout.size);
    const vectors = { parameters, average: parameters, first: zeros, second: zeros };
    return { step: 0, seconds: 0, validations: [], vectors };
  }
  if (record === undefined) throw new InputError(`${out} holds no run to resume.`);
  const faults = differences(options, record);
  if (record.textSha256 !== corpus.sha256) faults.push(`${options.text} is not the text that it was started on`);
  if (faults.length > 0) throw new InputError(`The run in ${out} can't go on like this: ${faults.join('; ')}.`);
  return { ...record, vectors: await readVectors(out, record, layout.size) };
}

/** Options that may differ between the parts of a run: they don't change what is trained. */
const free = ['resume', 'text', 'out', 'backend', 'reportEvery', 'saveEvery', 'validateEvery', 'validationRows'];

/** Options that would make a resumed run another run. */
function differences(now: TrainOptions, { step, options: then }: RunRecord): string[] {
  const planned = typeof then['steps'] === 'number' ? then['steps'] : now.steps;
  const cooling = step > Math.min(cooldownStart(now), cooldownStart({ ...now, steps: planned }));
  return Object.entries(now)
    .filter(([name]) => !free.includes(name) && (name !== 'steps' || cooling))
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(then[name]))
    .map(([name, value]) => `${name} was ${JSON.stringify(then[name])}, not ${JSON.stringify(value)}`);
}
