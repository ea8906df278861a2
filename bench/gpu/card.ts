import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Gpu } from './result.js';

/** The first NVIDIA card and its driver, by the driver's own tool. `null` where there is none. */
export async function nvidiaCard(): Promise<Gpu['card']> {
  try {
    const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 });
    return cardOf(stdout);
  } catch {
    return null;
  }
}

/** Reads the tool's answer: a line for each card. */
export function cardOf(answer: string): Gpu['card'] {
  const [name = '', driver = '', memory = ''] = answer
    .split('\n', 1)
    .join('')
    .split(',')
    .map((word) => word.trim());
  return name === '' || driver === '' ? null : { name, driver, memory };
}
