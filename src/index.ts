/** The library: what `import ... from 'samplewire'` gives. */

import { readPipeline, readPipelineWithImports, type ImportPolicy } from './runtime/pipeline-file.js';
import type { Registry } from './graph/registry.js';
import { standardNodes } from './nodes/standard.js';
import type { RunnablePipeline } from './runtime/run.js';

export { InputError } from './graph/input-error.js';

// The graph language.
export { pipeline } from './graph/builder/pipeline.js';
export type { Argument, ParamRef, Pipeline, Wire, WiresOf } from './graph/builder/types.js';
export { canonicalJson } from './graph/canonical.js';
export { checkPipeline, type CheckOptions, type CheckOutcome } from './graph/check.js';
export type { CheckedGraph } from './graph/checked-graph.js';
export type { PipelineDocument } from './graph/document.js';
export { drawPipeline } from './graph/draw.js';
export { formatFault, type Fault } from './graph/fault.js';
export type { ModelManifest, NoiseProcess } from './graph/manifest.js';
export {
  defineNode,
  type NodeContext,
  type NodeDefinition,
  type NodeEvent,
  type Objection,
  type Ports,
} from './graph/node-definition.js';
export * as param from './graph/params.js';
export type { ParamSpec, ParamSpecs, ParamValue } from './graph/params.js';
export { parsePipeline } from './graph/parse.js';
export { createRegistry, type Registry } from './graph/registry.js';
export { pipelineSchema } from './graph/schema.js';
export type * from './graph/effects.js';
export type * from './graph/values.js';

// The nodes.
export * as nodes from './nodes/index.js';
export { standardNodes };

// Models.
export type { BackendOptions } from './models/backend-choice.js';
export { backends, precisions } from './models/backends.js';
export type { Denoiser, Limits, Model, Settled, Tokenizer } from './models/denoiser.js';
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

// Runs.
export type { Nfe, RowResult, RunEvent, RunStatistics, StartedRow } from './runtime/events.js';
export type { Failure } from './runtime/failure.js';
export type { Prompt } from './runtime/prompts.js';
export type { Template } from './runtime/templates.js';
export type { RunRequest } from './runtime/request.js';
export {
  initialRunState,
  reduceRun,
  withRunState,
  type BlockState,
  type RowState,
  type RunMoment,
  type RunState,
} from './runtime/run-state.js';
export { run, type RunnablePipeline } from './runtime/run.js';

/**
 * Reads a pipeline document from a file, ready to run; subgraphs in other files are looked up relative to it.
 * Throws one `InputError` with every fault, each with its JSON path.
 */
export const loadPipeline = (file: string, registry: Registry = standardNodes): RunnablePipeline =>
  readPipeline(file, registry);

export interface OpenPipelineOptions {
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
export const openPipeline = (
  file: string,
  { imports = 'refuse', registry = standardNodes }: OpenPipelineOptions = {},
): Promise<RunnablePipeline> => readPipelineWithImports(file, registry, imports);
