// Writes a checkpoint with random weights in the published layout: npx tsx scripts/random-checkpoint.ts DIR [--hidden 768 ...].
// Without options it has the size of the published models (170M parameters, GPT-2's vocabulary and a mask). Tensors go to
// disk piece by piece: memory does not grow with the model.
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/graph/message-of.js';
import { parseConfig } from '../src/models/checkpoint/config.js';
import { toBfloat16, toFloat16 } from '../src/models/checkpoint/half.js';
import { buildWeights } from '../src/models/checkpoint/weights.js';
import { seededRandom } from './seeded-random.js';

/** Ends the script for what whoever called it can mend. */
function refuse(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

/** What `read` gives; what it throws is the caller's to mend. */
function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return refuse(messageOf(error));
  }
}

const { values, positionals } = checked(() =>
  parseArgs({
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
  }),
);

const [folder] = positionals;
if (folder === undefined || positionals.length > 1) refuse('name one folder to write to');
const number = (name: 'hidden' | 'layers' | 'heads' | 'length' | 'vocabulary' | 'condition' | 'seed'): number => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0) refuse(`--${name} must be an integer, 0 or more, not ${values[name]}`);
  return value;
};

function patternsOf(data: Float32Array, convert: (value: number) => number): Uint8Array {
  const patterns = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i += 1) patterns[i] = convert(data[i] ?? 0);
  return new Uint8Array(patterns.buffer);
}

const formats = {
  f32: { name: 'F32', bytes: 4, encode: (data: Float32Array) => new Uint8Array(data.buffer, 0, data.byteLength) },
  f16: { name: 'F16', bytes: 2, encode: (data: Float32Array) => patternsOf(data, toFloat16) },
  bf16: { name: 'BF16', bytes: 2, encode: (data: Float32Array) => patternsOf(data, toBfloat16) },
} as const;
const format = new Map(Object.entries(formats)).get(values.dtype);
if (format === undefined) refuse(`--dtype must be one of ${Object.keys(formats).join(', ')}, not ${values.dtype}`);

/** Norms are near 1; modulation is large enough for gates to let something through; the rest is as at the start of training. */
function distributionOf(name: string): { readonly centre: number; readonly spread: number } {
  if (name.includes('norm')) return { centre: 1, spread: 0.1 };
  return { centre: 0, spread: name.endsWith('adaLN_modulation.bias') ? 0.5 : 0.035 };
}

const condition = number('condition');
const shape = {
  vocabularySize: number('vocabulary'),
  hidden: number('hidden'),
  layers: number('layers'),
  condition: condition === 0 ? null : condition,
};
const causal = values.causal === 'true';
if (!causal && values.causal !== 'false') refuse(`--causal must be true or false, not ${values.causal}`);
if (shape.vocabularySize < 2) refuse('--vocabulary must be 2 or more');
const config = {
  hidden_size: shape.hidden,
  cond_dim: condition === 0 ? 128 : condition,
  n_heads: number('heads'),
  n_blocks: shape.layers,
  dropout: 0.1,
  attn_backend: 'sdpa',
  x0_causal: causal,
  length: number('length'),
  name: 'random',
  type: values.type,
};
checked(() => parseConfig(config, 'the configuration'));

const tensors: { readonly name: string; readonly dims: readonly number[]; readonly count: number }[] = [];
buildWeights(shape, (name, dims) => {
  tensors.push({ name, dims, count: dims.reduce((product, n) => product * n, 1) });
  return null;
});

const header: Record<string, unknown> = {};
let offset = 0;
for (const { name, dims, count } of tensors) {
  const end = offset + count * format.bytes;
  header[name] = { dtype: format.name, shape: dims, data_offsets: [offset, end] };
  offset = end;
}
const json = JSON.stringify(header);
const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
const length = Buffer.alloc(8);
length.writeBigUInt64LE(BigInt(padded.length));

await mkdir(folder, { recursive: true });
const file = await open(join(folder, 'model.safetensors'), 'w');
try {
  await file.writeFile(Buffer.concat([length, Buffer.from(padded)]));
  const random = seededRandom(number('seed'));
  const piece = 1 << 20;
  for (const { name, count } of tensors) {
    const { centre, spread } = distributionOf(name);
    for (let from = 0; from < count; from += piece) {
      const data = new Float32Array(Math.min(piece, count - from));
      for (let i = 0; i < data.length; i += 1) data[i] = centre + spread * (2 * random() - 1);
      await file.writeFile(format.encode(data));
    }
  }
} finally {
  await file.close();
}
await writeFile(join(folder, 'config.json'), `${JSON.stringify(config, null, 1)}\n`);
const parameters = tensors.reduce((sum, { count }) => sum + count, 0);
process.stdout.write(
  `wrote ${folder}: ${(parameters / 1e6).toFixed(1)}M parameters as ${values.dtype}, ${(offset / 1e6).toFixed(0)} MB\n`,
);
