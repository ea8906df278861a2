import { InputError } from '../graph/input-error.js';
import type { ModelManifest } from '../graph/manifest.js';
import { didYouMean } from '../graph/names.js';
import type { Firing, NodeDefinition, NodeEvent, Ports, ValuesOf } from '../graph/node-definition.js';
import { isRequired, isValue, refusedValue } from '../graph/param-rules.js';
import type { ParamSpecs, ParamValue, ParamValuesOf } from '../graph/params.js';
import type { Denoiser, Model, Settled } from '../models/denoiser.js';
import { checkCall, checkOutputs, checkQuestion, releaseHandles, valuesIn } from '../runtime/port-check.js';
import { nodeContext } from './context.js';
import { Ledger, NodeFault } from './ledger.js';
import { tinyModel } from './tiny-model.js';

export interface FireOptions<I extends Ports, P extends ParamSpecs> {
  /** One value for each input port. Handles stay the caller's. */
  readonly inputs: ValuesOf<I>;
  /** Parameters; those left out take their defaults. */
  readonly params?: Partial<ParamValuesOf<P>>;
  /** What answers forwards and questions, and whose manifest the node sees; `tinyModel()` when left out. */
  readonly model?: Pick<Model, 'denoiser'>;
  /** Decides the uniforms that the node draws; 1 when left out. */
  readonly seed?: number;
}

export interface Fired<O extends Ports> {
  readonly outputs: ValuesOf<O>;
  /** What the node tells people who watch. */
  readonly event: NodeEvent | undefined;
  /** Releases the handles among the outputs. */
  release(): void;
}

/**
 * Fires a node once, by itself, as a run would. Rejects with what the node throws; with an `InputError` for parameters
 * that it does not have or allow; and with a `NodeFault` where its outputs are not those that it declares, or where it
 * does not account for its handles.
 */
export async function fire<I extends Ports, O extends Ports, P extends ParamSpecs>(
  definition: NodeDefinition<I, O, P>,
  options: FireOptions<NoInfer<I>, NoInfer<P>>,
): Promise<Fired<O>> {
  const { inputs, model = tinyModel(), seed = 1 } = options;
  const { denoiser } = model;
  const params = paramsOf(definition, options.params ?? {});
  const context = nodeContext(denoiser.manifest, seed, () => denoiser.openCache());
  const ledger = new Ledger(denoiser, inputs);
  let outputs: ValuesOf<O> | null = null;
  try {
    const acted = await act(definition, { inputs, params, context }, denoiser);
    outputs = acted.outputs;
    checkPorts(definition, outputs, inputs, denoiser.manifest);
    ledger.settle(outputs);
    const { outputs: given } = acted;
    return { outputs: given, event: acted.observe(), release: () => releaseHandles(given) };
  } catch (error) {
    if (outputs === null) ledger.settle({});
    throw error;
  }
}

interface Acted<O extends Ports> {
  readonly outputs: ValuesOf<O>;
  readonly observe: () => NodeEvent | undefined;
}

async function act<I extends Ports, O extends Ports, P extends ParamSpecs>(
  definition: NodeDefinition<I, O, P>,
  firing: Firing<I, P>,
  denoiser: Denoiser,
): Promise<Acted<O>> {
  if ('step' in definition) {
    const outputs = definition.step(firing);
    return { outputs, observe: () => definition.observe?.({ ...firing, outputs, answer: undefined }) };
  }
  if ('forward' in definition) {
    const reply = only(await denoiser.forward([checkCall(definition.forward(firing))]));
    let outputs: ValuesOf<O> | null = null;
    try {
      outputs = definition.complete({ ...firing, reply });
    } finally {
      releaseHandles(reply, valuesIn(outputs));
    }
    const given = outputs;
    return { outputs: given, observe: () => definition.observe?.({ ...firing, outputs: given, answer: undefined }) };
  }
  const answer = only(await denoiser.answer([checkQuestion(definition.ask(firing))]));
  const outputs = definition.complete({ ...firing, answer });
  return { outputs, observe: () => definition.observe?.({ ...firing, outputs, answer }) };
}

function only<T>([settled]: readonly Settled<T>[]): T {
  if (settled === undefined) throw new Error('the model gave no reply');
  if (!settled.ok) throw settled.error;
  return settled.value;
}

function checkPorts(
  { inputs: into, outputs: out }: NodeDefinition,
  outputs: unknown,
  inputs: Readonly<Record<string, unknown>>,
  manifest: ModelManifest,
): void {
  try {
    const signature = {
      inputNames: Object.keys(into),
      inputKinds: Object.values(into),
      outputNames: Object.keys(out),
      outputKinds: Object.values(out),
      trusted: false,
    };
    checkOutputs(outputs, signature, inputs, manifest);
  } catch (error) {
    throw error instanceof Error ? new NodeFault(error.message) : error;
  }
}

/** The parameters of a firing: what is given, and defaults for the rest. Throws one `InputError` with every fault. */
function paramsOf<P extends ParamSpecs>(
  { kind, params: specs }: { readonly kind: string; readonly params: P },
  given: Readonly<Record<string, unknown>>,
): ParamValuesOf<P> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(specs, name))
      faults.push(`"${kind}" has no parameter "${name}"${didYouMean(name, Object.keys(specs))}`);
  }
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name] ?? spec.default;
    if (value !== undefined) values[name] = value;
    if (value === undefined ? isRequired(spec) : !isParamValue(value) || !isValue(spec, value)) {
      const shown = isParamValue(value) ? value : typeof value;
      const { message, expected } = refusedValue(spec, name, shown);
      faults.push(`${message}: expected ${expected}`);
    }
  }
  if (faults.length === 0 && areParams(specs, values)) return values;
  throw new InputError(faults.join('\n'));
}

const isParamValue = (value: unknown): value is ParamValue => ['number', 'string', 'boolean'].includes(typeof value);

function areParams<P extends ParamSpecs>(
  specs: P,
  values: Readonly<Record<string, unknown>>,
): values is ParamValuesOf<P> {
  return Object.entries(specs).every(([name, spec]) => {
    const value = values[name];
    return value === undefined ? !isRequired(spec) : isParamValue(value) && isValue(spec, value);
  });
}
