import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { InputError } from '../../../graph/input-error.js';
import { flagsFor, processFile } from '../../../models/process/run.js';
import { lastLines, runChild, type ChildOptions } from '../child.js';

const reportSchema = z.object({
  /** Version of libtensorflow. */
  library: z.string(),
  device: z.enum(['cpu', 'gpu']),
});

export type CheckReport = z.infer<typeof reportSchema>;

/**
 * Computes with the tensor library in `folder`, as a run would, in a process of its own: a broken library may end the one that
 * loads it. Throws an `InputError` with what went wrong.
 */
export async function checkBuild(folder: string, options: ChildOptions): Promise<CheckReport> {
  const file = processFile('check-process', import.meta.url);
  const outcome = await runChild([process.execPath, ...flagsFor(file), fileURLToPath(file)], {
    ...options,
    environment: { ...options.environment, SAMPLEWIRE_TENSORFLOW: folder },
  });
  const report = outcome.status === 0 ? reportOf(outcome.stdout) : undefined;
  if (report !== undefined) return report;
  throw new InputError(`The tensor library in ${folder} does not compute.${lastLines(outcome, 6)}`);
}

function reportOf(text: string): CheckReport | undefined {
  try {
    return reportSchema.parse(JSON.parse(text.trim().split('\n').at(-1) ?? ''));
  } catch {
    return undefined;
  }
}
