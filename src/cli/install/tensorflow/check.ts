import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { InputError } from '../../../graph/input-error.js';
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
  // From src/ or from dist/: the process's file has the extension of this one.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = fileURLToPath(new URL(`./check-process.${extension}`, import.meta.url));
  // Flags of this process are none of the other's, but for what loads TypeScript.
  const flags = extension === 'ts' ? process.execArgv : [];
  const outcome = await runChild([process.execPath, ...flags, script], {
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
