// Writes a checkpoint with random weights in the published layout: npx tsx scripts/random-checkpoint.ts DIR [--hidden 768 ...].
// Without options it has the size of the published models (170M parameters, GPT-2's vocabulary and a mask).
import { parseArgs } from 'node:util';
import { messageOf } from '../src/graph/message-of.js';
import { storedTypes, writeRandomCheckpoint } from '../src/models/auto/random-checkpoint.js';

/** Ends the script for what whoever called it can mend. */
function refuse(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

function flags() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        type: { type: 'string', default: 'block-dit' },
        hidden: { type: 'string', default: '768' },
        layers: { type: 'string', default: '12' },
        heads: { type: 'string', default: '12' },
        length: { type: 'string', default: '1024' },
        vocabulary: { type: 'string', default: '50258' },
        /** Width of the adaLN condition; 0 for none, as in the autoregressive baseline. */
        condition: { type: 'string', default: '128' },
        /** `true` or `false`: whether clean tokens attend token-causally. */
        causal: { type: 'string', default: 'true' },
        dtype: { type: 'string', default: 'f32' },
        seed: { type: 'string', default: '0' },
      },
    });
  } catch (error) {
    return refuse(messageOf(error));
  }
}

const { values, positionals } = flags();
const [folder] = positionals;
if (folder === undefined || positionals.length > 1) refuse('name one folder to write to');

const number = (name: 'hidden' | 'layers' | 'heads' | 'length' | 'vocabulary' | 'condition' | 'seed'): number => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0) refuse(`--${name} must be an integer, 0 or more, not ${values[name]}`);
  return value;
};
const oneOf = <T extends string>(name: 'type' | 'causal' | 'dtype', choices: readonly T[]): T =>
  choices.find((choice) => choice === values[name]) ??
  refuse(`--${name} must be one of ${choices.join(', ')}, not ${values[name]}`);

const shape = {
  vocabularySize: number('vocabulary'),
  hidden: number('hidden'),
  layers: number('layers'),
  condition: number('condition') || null,
};
if (shape.vocabularySize < 2) refuse('--vocabulary must be 2 or more');
const stored = oneOf('dtype', storedTypes);
const checkpoint = {
  type: oneOf('type', ['block-dit', 'dit']),
  shape,
  heads: number('heads'),
  length: number('length'),
  causal: oneOf('causal', ['true', 'false']) === 'true',
  stored,
  seed: number('seed'),
};
const { parameters, bytes } = await writeRandomCheckpoint(folder, checkpoint).catch((error: unknown) =>
  refuse(messageOf(error)),
);
process.stdout.write(
  `wrote ${folder}: ${(parameters / 1e6).toFixed(1)}M parameters as ${stored}, ${(bytes / 1e6).toFixed(0)} MB\n`,
);
