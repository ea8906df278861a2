import type { BranchEntry } from '../document.js';
import { InputError } from '../input-error.js';
import { isRecord } from '../is-record.js';
import { indexName } from '../names.js';
import type { NodeDefinition, Ports } from '../node-definition.js';
import type { ParamSpecs } from '../params.js';
import { register, type Region } from './region.js';
import type { Argument, ArgumentList, ParamRef, Pipeline, Same, Wire, WiresOf } from './types.js';
import { makeWires, wiresLike } from './wires.js';

/** Where nodes are put: a pipeline, the body of a loop, or a branch. */
export class Body {
  readonly #region: Region;

  constructor(region: Region) {
    this.#region = region;
  }

  /** Puts a node of a kind here, with all its inputs wired. Returns its outputs. */
  node<I extends Ports, O extends Ports, P extends ParamSpecs>(
    id: string,
    definition: NodeDefinition<I, O, P>,
    inputs: WiresOf<NoInfer<I>>,
    ...[params]: ArgumentList<NoInfer<P>>
  ): WiresOf<O> {
    const region = this.#region;
    region.register(definition);
    const wires = region.references(inputs, `the inputs of "${id}"`);
    region.put(id, { kind: definition.kind, in: wires, params: region.params(params) });
    return makeWires(definition.outputs, (port, kind) => region.wire(id, port, kind));
  }

  /** Puts another pipeline here as a subgraph. */
  use<I extends Ports, O extends Ports, P extends ParamSpecs>(
    id: string,
    pipeline: Pipeline<I, O, P>,
    inputs: WiresOf<NoInfer<I>>,
    ...[params]: ArgumentList<NoInfer<P>>
  ): WiresOf<O> {
    return include(this.#region, pipeline, { id, inputs, params, draft: false });
  }

  /** Puts another pipeline here as a draft: what it commits is told as `drafted`, and is not part of the row. */
  draft<I extends Ports, O extends Ports, P extends ParamSpecs>(
    id: string,
    pipeline: Pipeline<I, O, P>,
    inputs: WiresOf<NoInfer<I>>,
    ...[params]: ArgumentList<NoInfer<P>>
  ): WiresOf<O> {
    return include(this.#region, pipeline, { id, inputs, params, draft: true });
  }

  /**
   * Repeats a body until its flag `until` is true or `max` iterations are done. The body gets the carry's
   * values in this iteration and the iteration's index, from 0; it returns the carry's values for the next one.
   * Returns the values when the loop has ended.
   */
  loop<C extends Ports, N>(
    id: string,
    spec: { readonly carry: WiresOf<C>; readonly max: Argument<{ readonly type: 'integer' }> },
    build: (
      body: Body,
      current: WiresOf<C>,
      index: Wire<'number'>,
    ) => { readonly next: Same<N, C>; readonly until?: Wire<'flag'> },
  ): WiresOf<C> {
    const outside = this.#region;
    const inside = outside.inside(`the body of "${id}"`);
    const carry = outside.references(spec.carry, `the carry of "${id}"`);
    const current = wiresLike(spec.carry, (port, kind) => inside.wire(id, port, kind));
    const result = build(new Body(inside), current, inside.wire(id, indexName, 'number'));
    if (!isRecord(result)) throw new InputError(`the body of "${id}" must return { next }`);
    const { next, until } = result;
    outside.put(id, {
      kind: 'loop',
      carry,
      max: outside.param(spec.max),
      ...(until === undefined ? {} : { until: inside.reference(until, `"until" of "${id}"`) }),
      body: inside.finish(),
      next: inside.references(next, `the next values of "${id}"`),
    });
    return wiresLike(spec.carry, (port, kind) => outside.wire(id, port, kind));
  }

  /** Runs one of two branches, which return the same ports. */
  when<T extends Ports, E>(
    id: string,
    flag: Wire<'flag'>,
    then: (body: Body) => WiresOf<T>,
    otherwise: (body: Body) => Same<E, T>,
  ): WiresOf<T> {
    const outside = this.#region;
    const thenRegion = outside.inside(`the "then" branch of "${id}"`);
    const elseRegion = outside.inside(`the "else" branch of "${id}"`);
    const reference = outside.reference(flag, `the flag of "${id}"`);
    const outputs = then(new Body(thenRegion));
    const thenBranch = branch(thenRegion, outputs);
    const elseBranch = branch(elseRegion, otherwise(new Body(elseRegion)));
    outside.put(id, { kind: 'if', flag: reference, then: thenBranch, else: elseBranch });
    return wiresLike(outputs, (port, kind) => outside.wire(id, port, kind));
  }
}

interface Use {
  readonly id: string;
  readonly inputs: Readonly<Record<string, Wire>>;
  readonly params: Parameters<Region['params']>[0];
  readonly draft: boolean;
}

function include<O extends Ports>(
  region: Region,
  { name, definitions, document, outputs }: Pipeline<Ports, O>,
  { id, inputs, params, draft }: Use,
): WiresOf<O> {
  const { workshop } = region;
  for (const definition of definitions) register(workshop.definitions, definition);
  workshop.subgraphs.include(document);
  const wired = { in: region.references(inputs, `the inputs of "${id}"`), params: region.params(params) };
  region.put(id, { kind: 'graph', use: name, ...wired, ...(draft ? { draft } : {}) });
  return wiresLike(outputs, (port, kind) => region.wire(id, port, kind));
}

function branch(region: Region, outputs: Readonly<Record<string, Wire>>): BranchEntry {
  return { nodes: region.finish(), outputs: region.references(outputs, 'what it returns') };
}

/** The outermost body, with the pipeline's inputs and parameters. */
export class PipelineBody<I extends Ports, P extends ParamSpecs> extends Body {
  readonly input: WiresOf<I>;
  readonly param: { readonly [N in keyof P]: ParamRef<P[N]> };

  constructor(region: Region, input: WiresOf<I>, param: { readonly [N in keyof P]: ParamRef<P[N]> }) {
    super(region);
    this.input = input;
    this.param = param;
  }
}
