import { basename } from 'node:path';
import { counted } from '../evaluation/report/counted.js';
import type { TrainOptions } from './options.js';
import type { PastValidation, RunPart } from './run-files.js';

/** What a model card tells. */
export interface CardFacts {
  readonly options: TrainOptions;
  /** Ascending by step; more than one where a resumed run went on with other options. */
  readonly parts: readonly RunPart[];
  /** Ascending. */
  readonly blockSizes: readonly number[];
  readonly parameters: number;
  readonly vocabulary: number;
  readonly text: { readonly sha256: string; readonly training: number; readonly heldOut: number };
  /** Steps done, and seconds spent on them. */
  readonly step: number;
  readonly seconds: number;
  readonly validation: PastValidation | undefined;
}

/** The model card of a run, from what the run recorded. */
export function modelCard(facts: CardFacts): string {
  const { options, text, step } = facts;
  const name = basename(options.text);
  const noise = options.process === 'absorbing' ? 'absorbing (masked)' : 'uniform';
  const weights = options.mixture.map((part) => `${part.blockSize}: ${part.weight}`).join(', ');
  const trained = step * options.rows * options.length;
  const commands = facts.parts.flatMap(({ step: from, command }) =>
    facts.parts.length === 1 ? [command] : [`# from step ${from}`, from === 0 ? command : `${command} --resume`],
  );
  const figures = (facts.validation?.nats ?? []).map(
    ([blockSize, nats]) =>
      `| ${blockSize} | ${nats.toFixed(3)} | ${blockSize === 1 ? 'autoregressive' : 'upper bound (ELBO)'} |`,
  );
  const validated =
    figures.length === 0
      ? ['Not validated yet.']
      : [
          `On ${facts.validation?.rows ?? 0} held-out ${facts.validation?.rows === 1 ? 'row' : 'rows'} of ${options.length} characters, averaged weights, at step ${facts.validation?.step ?? step}:`,
          '',
          '| block size | nats/char | |',
          '|---|---|---|',
          ...figures,
        ];
  return [
    `# Character-level BlockGen on ${name}, ${noise} noise`,
    '',
    'A small block-diffusion language model (BlockGen, arXiv 2606.02241) that one set of weights serves at every',
    `block size it was trained on: ${facts.blockSizes.join(', ')}. Block size 1 is autoregression.`,
    '',
    '```',
    `samplewire run block-ancestral --model ${options.out}`,
    '```',
    '',
    '## Data',
    '',
    `\`${name}\` (SHA-256 \`${text.sha256}\`), ${text.training + text.heldOut} characters: the first ${text.training} for training,`,
    `the last ${text.heldOut} held out. Vocabulary: its ${facts.vocabulary} characters${options.process === 'absorbing' ? ' and a mask' : ''}.`,
    '',
    '## Configuration',
    '',
    ...(facts.parts.length === 1
      ? []
      : ['Training went on with other options on the way (below); these are the last.', '']),
    '| | |',
    '|---|---|',
    `| parameters | ${facts.parameters} |`,
    `| layers, width, heads | ${options.layers}, ${options.hidden}, ${options.heads} |`,
    `| length | ${options.length} characters |`,
    `| block sizes: weights | ${weights} |`,
    `| optimizer | Adam, learning rate ${options.learningRate}, ${scheduleOf(options)}, clip ${options.clip} |`,
    `| averaging of weights | ${options.averageDecay} |`,
    `| a step | ${counted(options.rows, 'row')}, each noised ${options.views === 1 ? 'once' : `${options.views} times`} |`,
    '',
    '## Training',
    '',
    '```',
    ...commands,
    '```',
    '',
    ...(facts.parts.length === 1
      ? []
      : ['Each part was stopped (Ctrl-C saves) at the step where the next begins.', '']),
    `${step} of ${counted(options.steps, 'step')} (${trained} clean characters seen, ${trained * options.views} noised) in ${spanOf(facts.seconds)}, backend ${options.backend}.`,
    '',
    '## Validation',
    '',
    ...validated,
    '',
  ].join('\n');
}

/** How the learning rate rises and falls: `100 steps of warm-up, falling over the last 40%`. */
function scheduleOf({ warmup, cooldown }: TrainOptions): string {
  const rise = warmup === 0 ? 'no warm-up' : `${counted(warmup, 'step')} of warm-up`;
  const share = Number((100 * cooldown).toPrecision(2));
  return `${rise}, ${cooldown === 0 ? 'then constant' : `falling over the last ${share}%`}`;
}

/** Seconds in words: the largest of seconds, minutes and hours of which there are at least two. */
function spanOf(seconds: number): string {
  if (seconds < 119.5) return counted(Math.round(seconds), 'second');
  if (seconds < 7_170) return counted(Math.round(seconds / 60), 'minute');
  return counted(Number((seconds / 3600).toFixed(1)), 'hour');
}
