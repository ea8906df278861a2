import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CheckOutcome } from '../graph/check.js';
import { faultsError } from '../graph/fault.js';
import { InputError } from '../graph/input-error.js';
import { messageOf } from '../graph/message-of.js';
import { parsePipeline } from '../graph/parse.js';
import type { Registry } from '../graph/registry.js';
import type { RunnablePipeline } from './run.js';

/**
 * Reads and checks a pipeline document; subgraphs in other files are looked up relative to it. Throws an
 * `InputError` where the file cannot be read; faults of the document, and of those that it includes, are in the outcome.
 */
export function checkPipelineFile(file: string, registry: Registry): CheckOutcome {
  const text = readText(file);
  if (text === undefined) throw new InputError(`there is no pipeline file ${file}`);
  return parsePipeline(text, registry, { resolve: (use) => readText(path.join(path.dirname(file), use)) });
}

/** Reads a pipeline that is ready to run. Throws one `InputError` with every fault. */
export function readPipeline(file: string, registry: Registry): RunnablePipeline {
  const outcome = checkPipelineFile(file, registry);
  if (!outcome.ok) throw faultsError(file, outcome.faults);
  return { graph: outcome.graph };
}

/** `undefined`: there is no such file. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EISDIR') throw new InputError(`${file} is a folder; a pipeline is a JSON file`);
    throw new InputError(`${file} cannot be read: ${messageOf(error)}`);
  }
}
