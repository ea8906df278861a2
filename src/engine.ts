/** What runs anywhere, in Node and in a page: the graph language, the nodes and the runtime. */

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
export { standardNodes } from './nodes/standard.js';

// Models.
export type { Denoiser, Limits, Model, Settled, Tokenizer } from './models/denoiser.js';

// Runs.
export type { Nfe, RowResult, RunEvent, RunStatistics, StartedRow } from './runtime/events.js';
export type { Failure, LimitReached } from './runtime/failure.js';
export type { Prompt } from './runtime/prompts.js';
export type { Template } from './runtime/templates.js';
export type { RunRequest } from './runtime/request.js';
export type { RunLimits } from './runtime/run-limits.js';
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
