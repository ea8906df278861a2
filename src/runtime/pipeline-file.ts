import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CheckOutcome } from '../graph/check.js';
import type { ImportOutcome } from '../graph/check/read-imports.js';
import { faultsError } from '../graph/fault.js';
import { InputError } from '../graph/input-error.js';
import { maxTextLength } from '../graph/limits.js';
import { messageOf } from '../graph/message-of.js';
import { parsePipeline } from '../graph/parse.js';
import type { Registry } from '../graph/registry.js';
import { readRegularFileSync } from '../platform/regular-file.js';
import { importsOf, loadImports, refused, type Wanted } from './imports.js';
import type { RunnablePipeline } from './run.js';

/** Whether the modules that documents import may be loaded, that is, run with all rights of the process. */
export type ImportPolicy = 'allow' | 'refuse';

/** Where documents may be read. */
export interface ReadingPlace {
  /**
   * A folder that the document and all that it includes must lie in, links resolved. Without one, an included document may
   * be any regular file that this process can read.
   */
  readonly root?: string;
}

/**
 * Reads and checks a pipeline document; subgraphs in other files are looked up relative to it. Modules that it imports
 * are not loaded. Throws an `InputError` where the file cannot be read; faults of the document, and of those that it
 * includes, are in the outcome.
 */
export function checkPipelineFile(file: string, registry: Registry, place: ReadingPlace = {}): CheckOutcome {
  return checkFile(file, registry, place, ({ module }) => refused(module));
}

/**
 * The same where the modules that the document, and those that it includes, import may be loaded. What keeps one
 * from being loaded is a fault at its place, beside all others. Nothing is loaded unless `policy` allows it.
 */
export async function checkPipelineWithImports(
  file: string,
  registry: Registry,
  policy: ImportPolicy,
  place: ReadingPlace = {},
): Promise<CheckOutcome> {
  const wanted: Wanted[] = [];
  const first = checkFile(file, registry, place, (each) => {
    wanted.push(each);
    return refused(each.module);
  });
  if (policy === 'refuse' || wanted.length === 0) return first;
  const imported = await loadImports(wanted, registry);
  return checkFile(file, imported.registry, place, imported.outcomeOf);
}

/** Reads a pipeline that is ready to run. Throws one `InputError` with every fault. */
export const readPipeline = (file: string, registry: Registry, place: ReadingPlace = {}): RunnablePipeline =>
  ready(file, checkPipelineFile(file, registry, place));

/** Reads a pipeline that is ready to run, with the modules that it imports. Rejects like `readPipeline`. */
export const readPipelineWithImports = async (
  file: string,
  registry: Registry,
  policy: ImportPolicy,
  place: ReadingPlace = {},
): Promise<RunnablePipeline> => ready(file, await checkPipelineWithImports(file, registry, policy, place));

function ready(file: string, outcome: CheckOutcome): RunnablePipeline {
  if (!outcome.ok) throw faultsError(file, outcome.faults);
  return { graph: outcome.graph };
}

function checkFile(
  file: string,
  registry: Registry,
  { root }: ReadingPlace,
  outcomeOf: (wanted: Wanted) => ImportOutcome,
): CheckOutcome {
  const read = root === undefined ? readText : readerIn(root);
  const text = read(file);
  if (text === undefined) throw new InputError(`there is no pipeline file ${file}`);
  return parsePipeline(text, registry, {
    resolve: (use) => read(path.join(path.dirname(file), use)),
    findImport: importsOf(file, outcomeOf),
  });
}

/** Reads files of a folder. Throws an `InputError` for those outside of it, whether they exist or not. */
function readerIn(given: string): (file: string) => string | undefined {
  let root: string;
  try {
    root = realpathSync(given);
  } catch (error) {
    throw new InputError(`the root ${given} cannot be used: ${messageOf(error)}`);
  }
  return (file) => {
    const real = resolvedPath(path.resolve(file));
    if (!lies(real, root)) throw new InputError(`${file} cannot be read: it lies outside of ${given}`);
    return readText(real);
  };
}

/** A path without links. Of one that leads nowhere, as much as there is is resolved. */
function resolvedPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(resolvedPath(parent), path.basename(file));
  }
}

function lies(file: string, root: string): boolean {
  const within = path.relative(root, file);
  return within !== '..' && !within.startsWith(`..${path.sep}`) && !path.isAbsolute(within);
}

/** What keeps a path from being looked at is said where it is read. */
function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}

/** `undefined`: there is no such file. */
function readText(file: string): string | undefined {
  if (isFolder(file)) throw new InputError(`${file} is a folder; a pipeline is a JSON file`);
  return readRegularFileSync(file, { what: 'a pipeline', most: maxTextLength })?.toString('utf8');
}
