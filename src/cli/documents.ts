import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Option } from 'commander';
import type { CheckOutcome } from '../graph/check.js';
import { faultsError } from '../graph/fault.js';
import { InputError } from '../graph/input-error.js';
import { didYouMean, listing } from '../graph/names.js';
import type { Registry } from '../graph/registry.js';
import { standardNodes } from '../nodes/standard.js';
import { withImports } from '../runtime/imports.js';
import { checkPipelineFile, checkPipelineWithImports } from '../runtime/pipeline-file.js';
import { isSource } from '../runtime/rows.js';
import type { RunnablePipeline } from '../runtime/run.js';
import { collect } from './collect.js';
import { shippedPipeline, shippedPipelines, shownPath } from './shipped.js';

/** The file of a pipeline given by its path or, for a shipped one, by its name. Throws an `InputError`. */
export function findPipeline(given: string): string {
  const names = shippedPipelines();
  const isShipped = names.includes(given);
  // Results of `compare` often lie in folders that are named like their samplers.
  if (existsSync(given) && !(isShipped && statSync(given).isDirectory())) return given;
  if (isShipped) return shippedPipeline(given);
  const hint = didYouMean(given, names);
  throw new InputError(
    `there is no file ${given}, and no shipped pipeline of that name (there are ${listing(names)})${hint}`,
  );
}

/** What commands that read pipelines ask about the modules that those import. */
export interface ImportFlags {
  readonly allowImports?: boolean;
}

/** `--allow-imports`, alike in every command that reads pipelines. */
export const allowImportsOption = (): Option =>
  new Option('--allow-imports', 'load the modules that pipelines import: code, which runs with all your rights');

/** Modules that are named on the command line itself, which is leave to load them. */
export interface ImportedFlags {
  readonly import?: readonly string[];
}

/** `--import`, in commands that tell of kinds of nodes. */
export const importOption = (): Option =>
  new Option('--import <module>', 'load a module of your own, and count its nodes; may be repeated').argParser(collect);

/** The standard kinds of nodes and those of modules, as seen from the working folder. Rejects with an `InputError`. */
export const nodesWith = ({ import: modules = [] }: ImportedFlags): Promise<Registry> =>
  withImports(
    modules.map((module) => (existsSync(module) ? `./${relative('.', module)}` : module)),
    join(process.cwd(), 'nodes'),
    standardNodes,
  );

/** A pipeline's check, with the modules that it imports if the flag allows them. */
export const checkPipelineOf = (path: string, { allowImports = false }: ImportFlags): Promise<CheckOutcome> =>
  checkPipelineWithImports(path, standardNodes, allowImports ? 'allow' : 'refuse');

/** A pipeline that is ready to run, and its file as a person would type it. */
export interface LoadedPipeline extends RunnablePipeline {
  readonly path: string;
}

/** A pipeline without modules of its own, ready to run. Throws one `InputError` with every fault of its document. */
export function loadPipeline(given: string): LoadedPipeline {
  const path = findPipeline(given);
  return ready(path, checkPipelineFile(path, standardNodes));
}

/** A pipeline that is ready to run. Rejects with one `InputError` that has every fault of its document. */
export async function loadPipelineWithImports(given: string, flags: ImportFlags): Promise<LoadedPipeline> {
  const path = findPipeline(given);
  return ready(path, await checkPipelineOf(path, flags));
}

function ready(path: string, outcome: CheckOutcome): LoadedPipeline {
  if (!outcome.ok) throw faultsError(shownPath(path), outcome.faults);
  return { graph: outcome.graph, path: shownPath(path) };
}

/** Whether a shipped pipeline runs without a text to start from. */
export const runsBare = (name: string): boolean => !loadPipeline(name).graph.inputs.some(isSource);
