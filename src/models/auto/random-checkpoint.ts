import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NoiseProcess } from '../../graph/manifest.js';
import { parseConfig, type CheckpointConfig } from '../checkpoint/config.js';
import { toBfloat16, toFloat16 } from '../checkpoint/half.js';
import { buildWeights, type DitShape } from '../checkpoint/weights.js';
import { seededRandom } from './seeded-random.js';

export interface RandomCheckpoint {
  readonly type: CheckpointConfig['type'];
  readonly shape: DitShape;
  readonly heads: number;
  /** Sequence length L. */
  readonly length: number;
  /** Whether clean tokens attend token-causally. */
  readonly causal: boolean;
  /** Said in its configuration, where it is given. */
  readonly process?: NoiseProcess;
  readonly stored: keyof typeof formats;
  readonly seed: number;
}

/** How many numbers are written at once. */
const piece = 1 << 20;

const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const halvesOf = (data: Float32Array, convert: (value: number) => number): Uint8Array =>
  new Uint8Array(Uint16Array.from(data, convert).buffer);

const formats = {
  f32: { name: 'F32', bytes: 4, encode: bytesOf },
  f16: { name: 'F16', bytes: 2, encode: (data: Float32Array) => halvesOf(data, toFloat16) },
  bf16: { name: 'BF16', bytes: 2, encode: (data: Float32Array) => halvesOf(data, toBfloat16) },
} as const;

/** Number types that weights are written in. */
export const storedTypes = ['f32', 'f16', 'bf16'] as const satisfies readonly (keyof typeof formats)[];

/** Norms are near 1; modulation is large enough for gates to let something through; the rest is as at the start of training. */
function distributionOf(name: string): { readonly centre: number; readonly spread: number } {
  if (name.includes('norm')) return { centre: 1, spread: 0.1 };
  return { centre: 0, spread: name.endsWith('adaLN_modulation.bias') ? 0.5 : 0.035 };
}

/**
 * Writes a checkpoint with random weights in the published layout. Tensors go to the disk piece by piece: memory does not grow with the
 * model. Ends with the signal's reason, in the middle of a file. Throws an `InputError` for sizes that no model has.
 */
export async function writeRandomCheckpoint(
  folder: string,
  { type, shape, heads, length, causal, process, stored, seed }: RandomCheckpoint,
  signal?: AbortSignal,
): Promise<{ readonly parameters: number; readonly bytes: number }> {
  const config = {
    hidden_size: shape.hidden,
    cond_dim: shape.condition ?? 128,
    n_heads: heads,
    n_blocks: shape.layers,
    dropout: 0.1,
    attn_backend: 'sdpa',
    x0_causal: causal,
    length,
    name: 'random',
    type,
    ...(process === undefined ? {} : { process }),
  };
  parseConfig(config, 'the configuration');
  const format = formats[stored];
  const tensors: { readonly name: string; readonly count: number }[] = [];
  const header: Record<string, unknown> = {};
  let bytes = 0;
  buildWeights(shape, (name, dims) => {
    const count = dims.reduce((product, n) => product * n, 1);
    const end = bytes + count * format.bytes;
    tensors.push({ name, count });
    header[name] = { dtype: format.name, shape: dims, data_offsets: [bytes, end] };
    bytes = end;
    return null;
  });
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'model.safetensors'), 'w');
  try {
    await file.writeFile(headerOf(header));
    const random = seededRandom(seed);
    for (const { name, count } of tensors) {
      const { centre, spread } = distributionOf(name);
      for (let from = 0; from < count; from += piece) {
        signal?.throwIfAborted();
        const data = new Float32Array(Math.min(piece, count - from));
        for (let i = 0; i < data.length; i += 1) data[i] = centre + spread * (2 * random() - 1);
        await file.writeFile(format.encode(data));
      }
    }
  } finally {
    await file.close();
  }
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(config, null, 1)}\n`);
  return { parameters: tensors.reduce((sum, { count }) => sum + count, 0), bytes };
}

/** A safetensors header: its length, and JSON that ends where eight bytes do. */
function headerOf(header: Readonly<Record<string, unknown>>): Uint8Array {
  const json = JSON.stringify(header);
  const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, Buffer.from(padded)]);
}
