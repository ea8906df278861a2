import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TimedModel } from './probe-report.js';

/** Bytes of weights a millisecond that the slowest backend reads and prepares. */
const slowestReading = 50_000;

/** Milliseconds that a probe may take which opens models: `patience`, and what reading them takes besides. */
export async function timeLimit(patience: number, models: readonly Pick<TimedModel, 'folder'>[]): Promise<number> {
  const sizes = await Promise.all(models.map(({ folder }) => stat(join(folder, 'model.safetensors'))));
  return patience + Math.ceil(sizes.reduce((sum, { size }) => sum + size, 0) / slowestReading);
}
