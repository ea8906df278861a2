import { existsSync } from 'node:fs';
import { faultsError } from '../graph/fault.js';
import { InputError } from '../graph/input-error.js';
import { didYouMean, listing } from '../graph/names.js';
import { standardNodes } from '../nodes/standard.js';
import { checkPipelineFile } from '../runtime/pipeline-file.js';
import type { RunnablePipeline } from '../runtime/run.js';
import { shippedPipeline, shippedPipelines, shownPath } from './shipped.js';

/** The file of a pipeline given by its path or, for a shipped one, by its name. Throws an `InputError`. */
export function findPipeline(given: string): string {
  if (existsSync(given)) return given;
  const names = shippedPipelines();
  if (names.includes(given)) return shippedPipeline(given);
  const hint = didYouMean(given, names);
  throw new InputError(
    `there is no file ${given}, and no shipped pipeline of that name (there are ${listing(names)})${hint}`,
  );
}

/** A pipeline that is ready to run. Throws one `InputError` with every fault of its document. */
export function loadPipeline(given: string): RunnablePipeline & { readonly path: string } {
  const path = findPipeline(given);
  const outcome = checkPipelineFile(path, standardNodes);
  if (!outcome.ok) throw faultsError(shownPath(path), outcome.faults);
  return { graph: outcome.graph, path: shownPath(path) };
}
