import { basename } from 'node:path';
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
          `On ${facts.validation?.rows ?? 0} held-out rows of ${options.length} characters, averaged weights, at step ${facts.validation?.step ?? step}:`,
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
    `| optimizer | Adam, learning rate ${options.learningRate}, ${options.warmup} steps of warm-up, falling over the last ${Math.round(options.cooldown * 100)}%, clip ${options.clip} |`,
    `| averaging of weights | ${options.averageDecay} |`,
    `| a step | ${options.rows} rows, each noised ${options.views} times |`,
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
    `${step} of ${options.steps} steps (${trained} clean characters seen, ${trained * options.views} noised) in ${Math.round(facts.seconds / 60)} minutes, backend ${options.backend}.`,
    '',
    '## Validation',
    '',
    ...validated,
    '',
  ].join('\n');
}
