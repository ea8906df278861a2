import { InputError } from '../../graph/input-error.js';
import type { NoiseProcess } from '../../graph/manifest.js';
import type { TrainOptions, TrainRequest } from '../../training/options.js';

/** Options of a training run that are one number, with what they mean, in the order of the help. */
export const numberOptions = [
  ['steps', 'steps of the optimizer (default: 4000)'],
  ['seed', 'the same seed gives the same run (default: 1)'],
  ['layers', 'layers of the network (default: 4)'],
  ['hidden', 'width of the network (default: 128)'],
  ['heads', 'attention heads (default: 4)'],
  ['length', 'characters in a row (default: 256)'],
  ['rows', 'rows of text in a step (default: 8)'],
  ['views', 'noised copies of each row in a step (default: 2)'],
  ['learningRate', 'learning rate after the warm-up (default: 3e-4)'],
  ['warmup', 'steps of linear warm-up (default: 100)'],
  ['cooldown', 'share of the steps, at the end, over which the learning rate falls to zero (default: 0)'],
  ['clip', 'largest norm of the gradient (default: 1)'],
  ['averageDecay', 'decay of the average of the weights (default: 0.9999)'],
  ['heldOut', 'share of the text, at its end, that is held out (default: 0.1)'],
  ['validateEvery', 'steps between validations (default: 250)'],
  ['validationRows', 'rows of a validation during the run (default: 32)'],
  ['saveEvery', 'steps between saves (default: 250)'],
  ['reportEvery', 'steps between lines of progress (default: 10)'],
] as const satisfies readonly (readonly [keyof TrainOptions, string])[];

export type NumberOption = (typeof numberOptions)[number][0];

/** The flags of `train` as commander hands them over. */
export type TrainFlags = Partial<Record<NumberOption, string>> & {
  readonly out: string;
  readonly process: NoiseProcess;
  readonly backend?: TrainOptions['backend'];
  readonly mixture?: string;
  readonly resume?: boolean;
};

/** `learningRate` as a flag: `learning-rate`. */
export const flagOf = (name: NumberOption): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Flags as a request. Bounds are the trainer's; only what is no number at all is refused here. */
export function trainRequestOf(text: string, flags: TrainFlags): TrainRequest {
  const { out, process, backend, mixture, resume } = flags;
  return {
    text,
    out,
    process,
    ...numbersOf(flags),
    ...(backend === undefined ? {} : { backend }),
    ...(mixture === undefined ? {} : { mixture: mixtureOf(mixture) }),
    ...(resume === undefined ? {} : { resume }),
  };
}

function numbersOf(flags: TrainFlags): Partial<Record<NumberOption, number>> {
  const numbers: Partial<Record<NumberOption, number>> = {};
  for (const [name] of numberOptions) {
    const text = flags[name];
    if (text !== undefined) numbers[name] = numberFlag(flagOf(name), text);
  }
  return numbers;
}

/** Block sizes with weights: `1:1,16:19`. */
function mixtureOf(text: string): [MixturePart, ...MixturePart[]] {
  const [first, ...rest] = text.split(',').map((piece): MixturePart => {
    const [size, weight = '1', ...more] = piece.split(':');
    if (size === undefined || more.length > 0) {
      throw new InputError(`--mixture must be block sizes with weights, as in 1:1,16:19; "${piece}" is none`);
    }
    return { blockSize: numberFlag('mixture', size), weight: numberFlag('mixture', weight) };
  });
  if (first === undefined) throw new InputError('--mixture must name at least one block size, as in 1:1,16:19');
  return [first, ...rest];
}

interface MixturePart {
  blockSize: number;
  weight: number;
}

function numberFlag(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InputError(`--${flag} must be a number, not "${text}"`);
  return value;
}
