import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CheckOutcome } from '../graph/check.js';
import type { ImportOutcome } from '../graph/check/read-imports.js';
import { faultsError } from '../graph/fault.js';
import { InputError } from '../graph/input-error.js';
import { messageOf } from '../graph/message-of.js';
import { parsePipeline } from '../graph/parse.js';
import type { Registry } from '../graph/registry.js';
import { importsOf, loadImports, refused, type Wanted } from './imports.js';
import type { RunnablePipeline } from './run.js';

/** Whether the modules that documents import may be loaded, that is, run with all rights of the process. */
export type ImportPolicy = 'allow' | 'refuse';

/**
 * Reads and checks a pipeline document; subgraphs in other files are looked up relative to it. Modules that it imports
 * are not loaded. Throws an `InputError` where the file cannot be read; faults of the document, and of those that it
 * includes, are in the outcome.
 */
export function checkPipelineFile(file: string, registry: Registry): CheckOutcome {
  return checkFile(file, registry, ({ module }) => refused(module));
}

/**
 * The same where the modules that the document, and those that it includes, import may be loaded. What keeps one
 * from being loaded is a fault at its place, beside all others. Nothing is loaded unless `policy` allows it.
 */
export async function checkPipelineWithImports(
  file: string,
  registry: Registry,
  policy: ImportPolicy,
): Promise<CheckOutcome> {
  const wanted: Wanted[] = [];
  const first = checkFile(file, registry, (each) => {
    wanted.push(each);
    return refused(each.module);
  });
  if (policy === 'refuse' || wanted.length === 0) return first;
  const imported = await loadImports(wanted, registry);
  return checkFile(file, imported.registry, imported.outcomeOf);
}

/** Reads a pipeline that is ready to run. Throws one `InputError` with every fault. */
export const readPipeline = (file: string, registry: Registry): RunnablePipeline =>
  ready(file, checkPipelineFile(file, registry));

/** Reads a pipeline that is ready to run, with the modules that it imports. Rejects like `readPipeline`. */
export const readPipelineWithImports = async (
  file: string,
  registry: Registry,
  policy: ImportPolicy,
): Promise<RunnablePipeline> => ready(file, await checkPipelineWithImports(file, registry, policy));

function ready(file: string, outcome: CheckOutcome): RunnablePipeline {
  if (!outcome.ok) throw faultsError(file, outcome.faults);
  return { graph: outcome.graph };
}

function checkFile(file: string, registry: Registry, outcomeOf: (wanted: Wanted) => ImportOutcome): CheckOutcome {
  const text = readText(file);
  if (text === undefined) throw new InputError(`there is no pipeline file ${file}`);
  return parsePipeline(text, registry, {
    resolve: (use) => readText(path.join(path.dirname(file), use)),
    findImport: importsOf(file, outcomeOf),
  });
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
