import { z } from 'zod';
import { InputError } from '../graph/input-error.js';
import { noiseProcesses } from '../graph/manifest.js';
import { tensorBackends } from '../models/backends.js';
import { checkSchema, found } from '../models/schema-faults.js';

const count = z.number().int().positive();
const powerOfTwo = count.refine((n) => Number.isInteger(Math.log2(n)), {
  error: ({ input }) => `expected a power of two, found ${found(input)}`,
});

const schema = z
  .object({
    /** UTF-8 text file. */
    text: z.string().min(1),
    /** Folder of the run: the exported checkpoint, and `training/` with what `resume` needs. */
    out: z.string().min(1),
    process: z.enum(noiseProcesses),
    backend: z.enum(tensorBackends).default('tensorflow'),
    /**
     * Go on with the run in `out`. The same options give the same parameters as an unbroken run; those that
     * make neither the model nor its batches (steps, learning rate, mixture, ...) may change, which is recorded.
     */
    resume: z.boolean().default(false),
    seed: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).default(1),
    layers: count.default(4),
    hidden: count.default(128),
    heads: count.default(4),
    /** Sequence length L in tokens. */
    length: count.default(256),
    /** Block sizes and their relative weights. */
    mixture: z
      .array(z.object({ blockSize: powerOfTwo, weight: z.number().positive() }))
      .nonempty()
      .default([1, 2, 4, 8, 16].map((blockSize) => ({ blockSize, weight: 1 }))),
    /** Text rows in a step. */
    rows: count.default(8),
    /** Noised copies of each row in a step, of block sizes drawn from the mixture; the clean half is shared. */
    views: count.default(2),
    steps: count.default(4000),
    learningRate: z.number().positive().default(3e-4),
    /** Steps of linear warm-up. */
    warmup: z.number().int().nonnegative().default(100),
    /** Share of the steps, at the end, over which the learning rate falls linearly to zero. */
    cooldown: z.number().min(0).max(1).default(0),
    /** Largest norm of the gradient. */
    clip: z.number().positive().default(1),
    /** Decay of the exponential moving average of the weights, which is what is exported. */
    averageDecay: z.number().min(0).lt(1).default(0.9999),
    /** Share of the text, at its end, that is held out for validation. */
    heldOut: z.number().gt(0).lt(1).default(0.1),
    /** Steps between validations. */
    validateEvery: count.default(250),
    /** Rows of each validation during the run; the last one takes all. */
    validationRows: count.default(32),
    /** Steps between saves; a stopped or finished run is always saved. */
    saveEvery: count.default(250),
    /** Steps between progress events. */
    reportEvery: count.default(10),
  })
  .strict();

/** Settings of a run, defaults filled in. */
export type TrainOptions = z.infer<typeof schema>;
/** Settings of a run; `text`, `out` and `process` have no default. */
export type TrainRequest = z.input<typeof schema>;

/** Checks a request and fills in defaults. Throws one `InputError` that lists every fault. */
export function parseTrainOptions(request: unknown): TrainOptions {
  const result = checkSchema(schema, request);
  if (!result.success) throw refuse(result.faults);
  const options = result.data;
  const faults: string[] = [];
  if (options.hidden % (2 * options.heads) !== 0) {
    faults.push(`hidden: ${options.hidden} does not split into ${options.heads} heads of even width`);
  }
  const sizes = options.mixture.map((part) => part.blockSize);
  for (const size of sizes) {
    if (options.length % size !== 0)
      faults.push(`mixture: blocks of ${size} do not fill a length of ${options.length}`);
  }
  if (new Set(sizes).size < sizes.length) faults.push('mixture: a block size is named twice');
  if (faults.length > 0) throw refuse(faults);
  return options;
}

const refuse = (faults: readonly string[]): InputError =>
  new InputError(`The training options do not work: ${faults.join('; ')}.`);

/** The command that gives such a run, options that are at their defaults left out. */
export function commandLine(options: TrainOptions): string {
  const { text, out, process } = options;
  const defaults = schema.parse({ text, out, process });
  const words = ['samplewire train', text, '--out', out, '--process', process];
  const add = (flag: string, value: string | number, usual: string | number): void => {
    if (value !== usual) words.push(`--${flag}`, String(value));
  };
  const mixture = (from: TrainOptions): string => from.mixture.map((part) => `${part.blockSize}:${part.weight}`).join();
  add('backend', options.backend, defaults.backend);
  add('seed', options.seed, defaults.seed);
  add('layers', options.layers, defaults.layers);
  add('hidden', options.hidden, defaults.hidden);
  add('heads', options.heads, defaults.heads);
  add('length', options.length, defaults.length);
  add('mixture', mixture(options), mixture(defaults));
  add('rows', options.rows, defaults.rows);
  add('views', options.views, defaults.views);
  add('steps', options.steps, defaults.steps);
  add('learning-rate', options.learningRate, defaults.learningRate);
  add('warmup', options.warmup, defaults.warmup);
  add('cooldown', options.cooldown, defaults.cooldown);
  add('clip', options.clip, defaults.clip);
  add('average-decay', options.averageDecay, defaults.averageDecay);
  add('held-out', options.heldOut, defaults.heldOut);
  return words.join(' ');
}
