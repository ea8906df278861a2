import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors } from '../../src/models/checkpoint/safetensors.js';
import type { TrainRequest } from '../../src/training/options.js';

/** A text to train on in seconds, for the file `text.txt` of a test's folder. */
export const tinyText = 'the quick brown fox jumps over the lazy dog; '.repeat(20);

/** A run of milliseconds a step, in and on a test's folder. */
export const tinyRun = (folder: string, out: string, more: Partial<TrainRequest> = {}): TrainRequest => ({
  text: join(folder, 'text.txt'),
  out: join(folder, out),
  process: 'absorbing',
  backend: 'cpu',
  layers: 1,
  hidden: 8,
  heads: 2,
  length: 16,
  mixture: [{ blockSize: 4, weight: 1 }],
  rows: 2,
  warmup: 0,
  reportEvery: 1,
  ...more,
});

/** Weights and moments that `resume` would go on from. */
export async function savedVectors(out: string): Promise<Record<string, number[]>> {
  const inside = join(out, 'training');
  const { state } = JSON.parse(await readFile(join(inside, 'run.json'), 'utf8'));
  const tensors = await readSafetensors(join(inside, state));
  return Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...data]]));
}
