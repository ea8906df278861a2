import { match } from 'ts-pattern';
import type { Binding, GraphNode, LoopNode } from '../checked-graph.js';
import { quoted } from '../excerpt.js';
import { indexName, inputId } from '../names.js';
import type { NumberSpec } from '../params.js';
import type { PortKind } from '../values.js';
import { bindArgument, bindArguments, type ArgumentContext } from './arguments.js';
import type { Callee, Elaborated, Instance, Program, Written } from './elaboration.js';
import type { Faults } from './fault-list.js';
import type { Orders } from './link.js';
import { Scope, type Known, type Outputs } from './scope.js';
import {
  unreadable,
  type BranchSyntax,
  type GraphSyntax,
  type IfSyntax,
  type LoopSyntax,
  type NodeSyntax,
  type RefSyntax,
  type RegionSyntax,
  type UnitSyntax,
  type UseSyntax,
  type WiresSyntax,
} from './syntax.js';
import { expectWires, kindsOf, reportKind, valuesOf, words, type ExpectedPorts, type Wording } from './wires.js';

const maxSpec: NumberSpec = { type: 'integer', min: 0 };

/**
 * Follows the wires of a graph in dependency order: checks ports, kinds and parameters, and writes down the
 * nodes with numbered values. Where something is broken it goes on with what is still known, so that one
 * pass finds every fault; the nodes are then incomplete.
 */
export class Elaborator {
  readonly #graph: GraphSyntax;
  readonly #orders: Orders;
  readonly #faults: Faults;
  readonly #passed: Faults;
  readonly #program: Program;
  readonly #arguments: ArgumentContext;
  readonly #callee: (use: UseSyntax) => Callee | null;
  readonly #at: Instance;

  constructor(source: Written, program: Program, callee: (use: UseSyntax) => Callee | null, at: Instance) {
    this.#graph = source.graph;
    this.#orders = source.orders;
    this.#faults = source.faults;
    this.#passed = source.passed;
    this.#program = program;
    this.#callee = callee;
    this.#at = at;
    const { faults, passed } = source;
    this.#arguments = { faults, passed, declared: source.graph.params, bound: at.bound, uses: program.uses };
  }

  run(): Elaborated {
    const { prefix, inputs } = this.#at;
    const scope = new Scope(null);
    scope.set(inputId, { what: 'inputs', ports: this.#graph.inputs === unreadable ? null : inputs });
    const nodes = this.#region(this.#graph.nodes, scope, prefix);
    return { nodes, outputs: this.#resolveAll(this.#graph.outputs.refs, scope) };
  }

  #region(region: RegionSyntax, scope: Scope, prefix: string): GraphNode[] {
    const nodes: GraphNode[] = [];
    for (const node of this.#orders.get(region) ?? []) {
      const outputs = this.#node(node, scope, `${prefix}${node.id}`, nodes);
      if (node.id !== inputId) scope.set(node.id, outputs);
    }
    return nodes;
  }

  #node(node: NodeSyntax, scope: Scope, path: string, nodes: GraphNode[]): Outputs {
    return match(node)
      .with({ type: 'unit' }, (unit) => this.#unit(unit, scope, path, nodes))
      .with({ type: 'graph' }, (use) => this.#use(use, scope, path, nodes))
      .with({ type: 'loop' }, (loop) => this.#loop(loop, scope, path, nodes))
      .with({ type: 'if' }, (branching) => this.#if(branching, scope, path, nodes))
      .with({ type: 'broken' }, (): Outputs => ({ what: 'node', ports: null }))
      .exhaustive();
  }

  #unit(node: UnitSyntax, scope: Scope, path: string, nodes: GraphNode[]): Outputs {
    const definition = this.#program.registry.get(node.kind);
    if (definition === undefined) {
      this.#resolveAll(node.in.refs, scope);
      return { what: 'node', ports: null };
    }
    const inputs = this.#wires(node.in, new Map(Object.entries(definition.inputs)), words.input(node.id), scope);
    const owner = { id: node.id, path };
    const params = bindArguments(node.params, new Map(Object.entries(definition.params)), owner, this.#arguments);
    const outputs = new Map(Object.entries(definition.outputs).map(([port, kind]) => [port, this.#fresh(kind)]));
    nodes.push({
      type: 'unit',
      path,
      definition,
      inputs: valuesOf(inputs),
      outputs: valuesOf(outputs),
      params: Object.fromEntries([...params].map(([name, { binding }]) => [name, binding])),
      draft: this.#at.draft,
    });
    return { what: 'node', ports: outputs };
  }

  #use(node: UseSyntax, scope: Scope, path: string, nodes: GraphNode[]): Outputs {
    const callee = this.#callee(node);
    if (callee === null) return { what: 'node', ports: null };
    const inputs = this.#wires(node.in, callee.inputs, words.input(node.id), scope);
    const given = bindArguments(node.params, callee.params, { id: node.id, path }, this.#arguments);
    const bound = new Map(given);
    for (const [name, spec] of callee.params) {
      if (spec?.default === undefined || bound.has(name)) continue;
      bound.set(name, { binding: { value: spec.default }, path: node.path, faults: this.#passed });
    }
    const inlined = callee.elaborate({ prefix: `${path}/`, inputs, bound, draft: this.#at.draft || node.draft });
    nodes.push(...inlined.nodes);
    return { what: 'node', ports: inlined.outputs };
  }

  #loop(node: LoopSyntax, scope: Scope, path: string, nodes: GraphNode[]): Outputs {
    const initial = this.#resolveAll(node.carry.refs, scope);
    const current = this.#freshLike(initial);
    const index = this.#fresh('number');
    const inner = new Scope(scope);
    const readable = node.carry.state === 'present';
    inner.set(node.id, { what: 'carry', ports: readable ? new Map([...current, [indexName, index]]) : null });
    const body = this.#region(node.body, inner, `${path}/`);
    const known = readable ? this.#wires(node.next, kindsOf(initial), words.next(node.id), inner) : null;
    const until = this.#flag(node.until, `"until" of loop ${quoted(node.id)}`, inner);
    const max = bindArgument(node.max, { name: 'max', spec: maxSpec }, { id: node.id, path }, this.#arguments);
    const final = this.#freshLike(initial);
    const carries = [...initial].flatMap(([name, wire]): LoopNode['carries'][number][] => {
      const [inside, next, outside] = [current.get(name), known?.get(name), final.get(name)];
      if (!wire || !inside || !next || !outside) return [];
      return [
        { name, kind: wire.kind, initial: wire.value, current: inside.value, next: next.value, final: outside.value },
      ];
    });
    const bound: Binding = max?.binding ?? { value: 0 };
    nodes.push({
      type: 'loop',
      path,
      carries,
      index: index.value,
      max: bound,
      until: until?.value ?? null,
      body: { nodes: body },
    });
    return { what: 'loop', ports: readable ? final : null };
  }

  #if(node: IfSyntax, scope: Scope, path: string, nodes: GraphNode[]): Outputs {
    const flag = this.#flag(node.flag, `"flag" of if ${quoted(node.id)}`, scope);
    const [thenScope, elseScope] = [new Scope(scope), new Scope(scope)];
    const thenNodes = this.#region(node.then?.nodes ?? new Map(), thenScope, `${path}/then/`);
    const elseNodes = this.#region(node.else?.nodes ?? new Map(), elseScope, `${path}/else/`);
    const [ports, thenWires, elseWires] = this.#branches(node, thenScope, elseScope);
    const names = [...(ports ?? [])].flatMap(([name, wire]) => (wire === null ? [] : [{ name, ...wire }]));
    if (flag !== null) {
      nodes.push({
        type: 'if',
        path,
        flag: flag.value,
        outputs: names,
        then: { body: { nodes: thenNodes }, outputs: names.flatMap(({ name }) => thenWires.get(name)?.value ?? []) },
        else: { body: { nodes: elseNodes }, outputs: names.flatMap(({ name }) => elseWires.get(name)?.value ?? []) },
      });
    }
    return { what: 'node', ports };
  }

  /** The outputs of an if and of its branches; where one branch is broken, the other's ports count. */
  #branches(node: IfSyntax, thenScope: Scope, elseScope: Scope) {
    const thenBranch = usable(node.then);
    const elseBranch = usable(node.else);
    const thenWires = this.#resolveAll(thenBranch?.outputs.refs ?? new Map<string, null>(), thenScope);
    const elseWires =
      elseBranch === null || thenBranch === null
        ? this.#resolveAll(elseBranch?.outputs.refs ?? new Map<string, null>(), elseScope)
        : this.#wires(elseBranch.outputs, kindsOf(thenWires), words.branch(node.id), elseScope);
    const like = thenBranch === null ? elseWires : thenWires;
    const ports = thenBranch === null && elseBranch === null ? null : this.#freshLike(like);
    return [ports, thenWires, elseWires] as const;
  }

  #wires(wires: WiresSyntax, ports: ExpectedPorts, wording: Wording, scope: Scope): ReadonlyMap<string, Known> {
    return expectWires(wires, ports, wording, (ref) => scope.resolve(ref, this.#faults), this.#faults);
  }

  #flag(ref: RefSyntax | null | undefined, target: string, scope: Scope): Known {
    const wire = scope.resolve(ref, this.#faults);
    if (wire === null || wire.kind === 'flag' || ref === null || ref === undefined) return wire;
    reportKind(ref, { target, expected: 'flag', found: wire.kind }, this.#faults);
    return null;
  }

  #resolveAll(refs: ReadonlyMap<string, RefSyntax | null>, scope: Scope): ReadonlyMap<string, Known> {
    return new Map([...refs].map(([name, ref]) => [name, scope.resolve(ref, this.#faults)]));
  }

  #fresh(kind: PortKind): { readonly kind: PortKind; readonly value: number } {
    return { kind, value: this.#program.kinds.push(kind) - 1 };
  }

  #freshLike(wires: ReadonlyMap<string, Known>): ReadonlyMap<string, Known> {
    return new Map([...wires].map(([name, wire]) => [name, wire === null ? null : this.#fresh(wire.kind)]));
  }
}

/** A branch whose list of outputs could be read. */
function usable(branch: BranchSyntax | null): BranchSyntax | null {
  return branch?.outputs.state === 'present' ? branch : null;
}
