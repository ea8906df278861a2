/** The library: what `import ... from 'samplewire'` gives. */

import {
  readPipeline,
  readPipelineWithImports,
  type ImportPolicy,
  type ReadingPlace,
} from './runtime/pipeline-file.js';
import { isRecord } from './graph/is-record.js';
import { checkNames, checkText, type NamesOf } from './graph/known-names.js';
import type { Registry } from './graph/registry.js';
import { standardNodes } from './nodes/standard.js';
import type { RunnablePipeline } from './runtime/run.js';

export * from './engine.js';

// Models.
export type { AutoEvent } from './models/auto/events.js';
export type { BackendOptions } from './models/backend-choice.js';
export { backends, precisions } from './models/backends.js';
export type { HubEvent } from './models/hub/events.js';
export { fetchModel } from './models/hub/fetch-model.js';
export type { HubOptions } from './models/hub/settings.js';
export { openModel, type OpenOptions } from './models/open-model.js';

// Comparisons.
export { arScore, type ArScoreOptions } from './evaluation/ar-score.js';
export { compare, type CompareEvent } from './evaluation/compare.js';
export type {
  ComparedPrompt,
  ComparedSampler,
  Comparison,
  FailedSample,
  ModelFacts,
  Sample,
  SamplerFacts,
  Setting,
  SettingResult,
} from './evaluation/comparison.js';
export type { ComparePlan } from './evaluation/plan.js';
export { comparisonFigure } from './evaluation/report/figure.js';
export { comparisonMarkdown, type MarkdownOptions } from './evaluation/report/markdown.js';
export type { CompareRequest } from './evaluation/request.js';
export type { Estimate } from './evaluation/statistics.js';

export interface LoadPipelineOptions extends ReadingPlace {
  /** The kinds of nodes; the standard ones when left out. */
  readonly registry?: Registry;
}

/**
 * Reads a pipeline document from a file, ready to run; subgraphs in other files are looked up relative to it. A registry
 * may stand in place of options that name nothing else. Throws one `InputError` with every fault, each with its JSON path.
 */
export function loadPipeline(file: string, given: LoadPipelineOptions | Registry = {}): RunnablePipeline {
  checkText('the file that loadPipeline reads', file);
  const options: LoadPipelineOptions = isRegistry(given) ? { registry: given } : given;
  checkNames('loadPipeline', options, loadNames);
  const { registry = standardNodes, ...place } = options;
  return readPipeline(file, registry, place);
}

export interface OpenPipelineOptions extends ReadingPlace {
  /**
   * Whether modules that the document imports may be loaded: they are code, and run with all rights of this process.
   * `refuse` when left out.
   */
  readonly imports?: ImportPolicy;
  /** The kinds of nodes beside those of imported modules; the standard ones when left out. */
  readonly registry?: Registry;
}

/**
 * Reads a pipeline document from a file, ready to run, with the modules that it and the documents it includes import,
 * if they may be loaded. Rejects with one `InputError` that has every fault; a module that brings no nodes is one.
 */
export async function openPipeline(file: string, options: OpenPipelineOptions = {}): Promise<RunnablePipeline> {
  checkText('the file that openPipeline reads', file);
  checkNames('openPipeline', options, openNames);
  const { imports = 'refuse', registry = standardNodes, ...place } = options;
  return readPipelineWithImports(file, registry, imports, place);
}

/** Callers from plain JavaScript may give anything. */
const isRegistry = (given: unknown): given is Registry => isRecord(given) && 'definitions' in given;

const loadNames: NamesOf<LoadPipelineOptions> = { registry: true, root: true };
const openNames: NamesOf<OpenPipelineOptions> = { ...loadNames, imports: true };
