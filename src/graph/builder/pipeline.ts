import { checkPipeline } from '../check.js';
import type { PipelineDocument } from '../document.js';
import { faultsError } from '../fault.js';
import { currentFormat } from '../migrations.js';
import { inputId } from '../names.js';
import type { Ports } from '../node-definition.js';
import type { ParamSpecs } from '../params.js';
import { createRegistry } from '../registry.js';
import { PipelineBody } from './body.js';
import { Region, type Workshop } from './region.js';
import { Subgraphs } from './subgraphs.js';
import type { Pipeline, WiresOf } from './types.js';
import { makeParamRefs, makeWires } from './wires.js';

/**
 * Builds a pipeline. Wrong wires, missing inputs, unknown ports and parameters of the wrong type do not compile;
 * everything else that the checks know throws one `InputError` with every fault, before this returns.
 */
export function pipeline<O extends Ports, const I extends Ports, const P extends ParamSpecs>(
  name: string,
  interfaceOf: {
    readonly inputs: I;
    readonly params: P;
    readonly description?: string;
    /** Modules that define the nodes which are not standard ones, for those who read the document from a file. */
    readonly imports?: readonly string[];
  },
  build: (graph: PipelineBody<I, P>) => WiresOf<O>,
): Pipeline<I, O, P> {
  const { inputs, params, description, imports = [] } = interfaceOf;
  const workshop: Workshop = { params, subgraphs: new Subgraphs(), definitions: new Map(), origins: new WeakMap() };
  const region = new Region(workshop, `pipeline "${name}"`);
  const input = makeWires(inputs, (port, kind) => region.wire(inputId, port, kind));
  const outputs = build(new PipelineBody(region, input, makeParamRefs(params)));
  const draft: PipelineDocument = {
    format: currentFormat,
    name,
    ...(description === undefined ? {} : { description }),
    imports: [...new Set([...imports, ...workshop.subgraphs.imports])],
    params,
    inputs,
    graphs: workshop.subgraphs.entries,
    nodes: region.finish(),
    outputs: region.references(outputs, 'what it returns'),
  };
  const definitions = [...workshop.definitions.values()];
  const outcome = checkPipeline(draft, createRegistry(definitions));
  if (!outcome.ok) throw faultsError(`pipeline "${name}"`, outcome.faults);
  const { graph } = outcome;
  return { name, inputs, params, outputs, document: graph.document, graph, definitions };
}
