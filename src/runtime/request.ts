import { bindParams } from '../graph/bind.js';
import type { CheckedGraph } from '../graph/checked-graph.js';
import { InputError } from '../graph/input-error.js';
import type { ParamValue } from '../graph/params.js';
import type { Canvas } from '../graph/values.js';
import type { Model } from '../models/denoiser.js';
import { prepare, type Prepared } from './prepared.js';

/** A row's beginning: text for the model's tokenizer, or token ids. */
export type Prompt = string | readonly number[];

/** What to run a pipeline on. */
export interface RunRequest {
  readonly model: Model;
  /** The pipeline's parameters; those left out take their defaults. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** An integer from 0 to 2^53 - 1; 0 when left out. Seed and row decide a row's tokens, nothing else does. */
  readonly seed?: number;
  /** How many rows to decode; 1 when left out. */
  readonly rows?: number;
  /** The same beginning for every row; rows start from nothing when left out. */
  readonly prompt?: Prompt;
  /** A beginning for each row, in place of `rows` and `prompt`. */
  readonly prompts?: readonly Prompt[];
  /** Tokens of a finished row, prompt included; the model's length when left out. */
  readonly length?: number;
  /** Cancels the run with a `cancelled` event; unsubscribing cancels without one. */
  readonly signal?: AbortSignal;
}

/** A request that passed every check. */
export interface CheckedRequest {
  readonly prepared: Prepared;
  readonly model: Model;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly seed: number;
  readonly canvases: readonly Canvas[];
  readonly warnings: readonly string[];
}

/** Checks all that can be checked before anything is computed. Throws one `InputError` with every fault. */
export function checkRequest(graph: CheckedGraph, request: RunRequest): CheckedRequest {
  const params = bindParams(graph, request.params ?? {});
  const faults: string[] = [];
  const seed = integerWithin(request.seed ?? 0, 'seed', 0, Number.MAX_SAFE_INTEGER, faults);
  const canvases = canvasesOf(request, faults);
  faults.push(...portFaults(graph));
  const prepared = prepare(graph, params, seed);
  const warnings: string[] = [];
  const { manifest } = request.model.denoiser;
  for (const node of prepared.plan.nodes) {
    if (node.type !== 'unit') continue;
    for (const { severity, message } of node.definition.objections?.(prepared.params[node.index] ?? {}, manifest) ??
      []) {
      (severity === 'error' ? faults : warnings).push(`node "${node.path}" (${node.definition.kind}): ${message}`);
    }
  }
  if (faults.length > 0) throw new InputError(`cannot run ${graph.name}: ${faults.join('; ')}`);
  return { prepared, model: request.model, params, seed, canvases, warnings };
}

function integerWithin(value: number, name: string, min: number, max: number, faults: string[]): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  faults.push(`${name} must be an integer from ${min.toString()} to ${max.toString()}, not ${String(value)}`);
  return min;
}

function canvasesOf(request: RunRequest, faults: string[]): Canvas[] {
  const { model, prompt, prompts } = request;
  const limit = model.denoiser.manifest.length;
  const length = integerWithin(request.length ?? limit, 'length', 1, limit, faults);
  const rows = integerWithin(request.rows ?? 1, 'rows', 1, 65536, faults);
  if (prompts !== undefined && (prompt !== undefined || request.rows !== undefined)) {
    faults.push('prompts stands in place of prompt and rows; give one or the other');
  }
  if (prompts?.length === 0) faults.push('prompts must hold at least one prompt');
  const given = prompts ?? new Array<Prompt>(rows).fill(prompt ?? []);
  const seen = new Map<Prompt, readonly number[]>();
  return given.map((each, row) => {
    const known = seen.get(each);
    const tokens =
      known ?? tokensOf(each, model, prompts === undefined ? 'the prompt' : `prompt ${row.toString()}`, faults);
    if (known === undefined) {
      seen.set(each, tokens);
      if (tokens.length >= length) {
        faults.push(
          `${prompts === undefined ? 'the prompt' : `prompt ${row.toString()}`} has ${tokens.length.toString()} tokens and leaves nothing ` +
            `to generate in a row of ${length.toString()} (the model's rows hold at most ${limit.toString()})`,
        );
      }
    }
    return { tokens, length, promptLength: tokens.length, ended: false };
  });
}

function tokensOf(prompt: Prompt, model: Model, name: string, faults: string[]): readonly number[] {
  const { denoiser, tokenizer } = model;
  const { vocabularySize, maskId } = denoiser.manifest;
  if (typeof prompt === 'string') {
    if (tokenizer === null) {
      faults.push(`${denoiser.manifest.name} has no tokenizer, so that ${name} must be given as token ids`);
      return [];
    }
    try {
      return tokenizer.encode(prompt);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error.message);
      return [];
    }
  }
  const wrong = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize || id === maskId);
  if (wrong !== undefined) {
    faults.push(
      wrong === maskId
        ? `${name} holds the mask id ${wrong.toString()}, which stands for noise`
        : `${name} holds ${String(wrong)}, and token ids of ${denoiser.manifest.name} go from 0 to ${(vocabularySize - 1 - (maskId === null ? 0 : 1)).toString()}`,
    );
  }
  return prompt;
}

/** A run gives a row's canvas and an empty cache, and takes a canvas. */
function portFaults(graph: CheckedGraph): string[] {
  const faults = graph.inputs
    .filter(({ kind }) => kind !== 'canvas' && kind !== 'cache')
    .map(({ name, kind }) => `its input "${name}" is a ${kind}, and a run gives only a canvas and a cache`);
  if (!graph.outputs.some(({ name, kind }) => name === 'canvas' && kind === 'canvas')) {
    faults.push('it has no output "canvas" of kind canvas');
  }
  return faults;
}
