import { bindParams } from '../graph/bind.js';
import type { CheckedGraph } from '../graph/checked-graph.js';
import { InputError } from '../graph/input-error.js';
import type { NamesOf } from '../graph/known-names.js';
import type { ModelManifest } from '../graph/manifest.js';
import { messageOf } from '../graph/message-of.js';
import type { ParamValue } from '../graph/params.js';
import type { Model } from '../models/denoiser.js';
import { prepare, type Prepared } from './prepared.js';
import { integerWithin } from './prompts.js';
import { requestFaults } from './request-form.js';
import { roomFaults } from './room.js';
import { checkRunLimits, type CheckedLimits, type RunLimits } from './run-limits.js';
import { isSource, rowStarts, type Rows, type RowStart } from './rows.js';

/** What to run a pipeline on. */
export interface RunRequest extends Rows {
  readonly model: Model;
  /** The pipeline's parameters; those left out take their defaults. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** An integer from 0 to 2^53 - 1; 0 when left out. Seed and row decide a row's tokens, nothing else does. */
  readonly seed?: number;
  /** How much the run may cost. */
  readonly limits?: RunLimits;
  /** Cancels the run with a `cancelled` event; unsubscribing cancels without one. */
  readonly signal?: AbortSignal;
}

/** A request that passed every check. */
export interface CheckedRequest {
  readonly prepared: Prepared;
  readonly model: Model;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly seed: number;
  readonly starts: readonly RowStart[];
  readonly limits: CheckedLimits;
  readonly warnings: readonly string[];
}

const requestNames: NamesOf<RunRequest> = {
  model: true,
  params: true,
  seed: true,
  signal: true,
  limits: true,
  rows: true,
  prompt: true,
  prompts: true,
  template: true,
  templates: true,
  source: true,
  sources: true,
  length: true,
};

/** Checks all that can be checked before anything is computed. Throws one `InputError` with every fault. */
export function checkRequest(graph: CheckedGraph, request: RunRequest): CheckedRequest {
  const amiss = requestFaults('run', request, requestNames);
  if (amiss.length > 0) throw new InputError(`cannot run ${graph.name}: ${amiss.join('\n  ')}`);
  const faults: string[] = [];
  const warnings = [...(request.model.warnings ?? [])];
  const params = boundParams(graph, request, faults);
  const seed = integerWithin(request.seed ?? 0, 'seed', 0, Number.MAX_SAFE_INTEGER, faults);
  const limits = checkRunLimits(request.limits, faults);
  const starts = rowStarts(request.model, request, faults, limits);
  for (const fault of portFaults(graph)) faults.push(fault);
  const unfit = sourceFault(graph, request);
  if (unfit !== null) faults.push(unfit);
  const read = new Set(graph.paramUses.map(({ param }) => param));
  for (const [name, value] of Object.entries(request.params ?? {})) {
    // Whoever fills in defaults, as a comparison does, has set nothing.
    const isSet = value !== undefined && Object.hasOwn(graph.params, name) && value !== graph.params[name]?.default;
    if (isSet && !read.has(name)) {
      warnings.push(`parameter "${name}" is set, but no node of ${graph.name} reads it`);
    }
  }
  if (params !== null) {
    const prepared = prepare(graph, params, seed);
    object(prepared, request.model.denoiser.manifest, { faults, warnings });
    faults.push(...roomFaults(request.model.denoiser, prepared.plan, starts));
    if (faults.length === 0) return { prepared, model: request.model, params, seed, starts, limits, warnings };
  }
  const each = [...new Set(faults)];
  throw new InputError(
    `cannot run ${graph.name}:${each.length === 1 ? ` ${each.join('')}` : ['', ...each].join('\n  ')}`,
  );
}

function boundParams(graph: CheckedGraph, request: RunRequest, faults: string[]): CheckedRequest['params'] | null {
  try {
    return bindParams(graph, request.params ?? {});
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const fault of error.message.split('\n')) faults.push(fault);
    return null;
  }
}

/** Asks every node what speaks against it on this model. */
function object(
  { plan, params }: Prepared,
  manifest: ModelManifest,
  { faults, warnings }: { readonly faults: string[]; readonly warnings: string[] },
): void {
  for (const node of plan.nodes) {
    if (node.type !== 'unit') continue;
    const name = `node "${node.path}" (${node.definition.kind})`;
    try {
      for (const { severity, message } of node.definition.objections?.(params[node.index] ?? {}, manifest) ?? []) {
        (severity === 'warning' ? warnings : faults).push(`${name}: ${message}`);
      }
    } catch (error) {
      faults.push(`${name} cannot say whether it fits the model: ${messageOf(error)}`);
    }
  }
}

/** What is wrong with a request that gives a source to a pipeline that takes none, or none to one that needs it. */
export function sourceFault(graph: CheckedGraph, { source, sources }: Pick<Rows, 'source' | 'sources'>): string | null {
  const takes = graph.inputs.some(isSource);
  const given = source !== undefined || sources !== undefined;
  if (takes === given) return null;
  return takes
    ? 'it starts from a text; give it one as source (on the command line, --source or --source-file)'
    : 'it starts from no text, and the request has a source; pipelines that take one have an input "source"';
}

/** A run gives a row's canvas, a source and an empty cache, and takes a canvas. */
function portFaults(graph: CheckedGraph): string[] {
  const faults = graph.inputs
    .filter(({ kind }) => kind !== 'canvas' && kind !== 'cache')
    .map(({ name, kind }) => `its input "${name}" is a ${kind}, and a run gives only canvases and a cache`);
  if (!graph.outputs.some(({ name, kind }) => name === 'canvas' && kind === 'canvas')) {
    faults.push('it has no output "canvas" of kind canvas');
  }
  return faults;
}
