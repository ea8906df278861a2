import type { Binding, Branch, CheckedGraph, GraphNode, NamedValue, Region, ValueId } from '../graph/checked-graph.js';
import { valuesRead, valuesWritten } from '../graph/node-values.js';
import type { NodeDefinition } from '../graph/node-definition.js';
import { isTrusted } from '../graph/trusted.js';
import { portKinds, type PortKind } from '../graph/values.js';
import { coversPositions, isList } from './port-lengths.js';

/**
 * A checked graph compiled to indices: firing looks nothing up by name. One lane needs one slot for each
 * value, because at any moment one iteration of each loop is under way, and an iteration ends when all nodes
 * of its body have fired.
 */
export interface Plan {
  readonly graph: CheckedGraph;
  readonly nodes: readonly PlanNode[];
  readonly regions: readonly PlanRegion[];
  readonly loopCount: number;
  readonly slotCount: number;
  /** Region 0 is the graph itself. */
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  /** For each value, the nodes of its own region that read it. */
  readonly readers: readonly (readonly number[])[];
  /** For each value that is a handle, how many reads until it may be released; 0 where nobody reads it. */
  readonly reads: Int32Array;
  /** Values that are handles. */
  readonly handles: readonly boolean[];
}

export interface PlanRegion {
  readonly nodes: readonly number[];
  /** Nodes that can fire as soon as the region begins. */
  readonly roots: readonly number[];
  /** Handles that the region owns and lets go when it ends. */
  readonly owned: readonly ValueId[];
  /** The loop or if that goes on when every node of it has fired; null where the graph ends. */
  readonly end: number | null;
}

export type PlanNode = PlanUnit | PlanLoop | PlanIf;

interface PlanNodeBase {
  readonly index: number;
  readonly path: string;
  readonly region: number;
  /** How many values produced by nodes of its region it waits for. */
  readonly waitsFor: number;
  /** Handles of its own region that it reads; each read is given back when it has fired. */
  readonly borrows: readonly ValueId[];
  readonly outputSlots: readonly ValueId[];
}

export interface PlanUnit extends PlanNodeBase {
  readonly type: 'unit';
  readonly definition: NodeDefinition;
  readonly inputNames: readonly string[];
  readonly inputKinds: readonly PortKind[];
  readonly inputSlots: readonly ValueId[];
  /** Whether what it puts out is taken at its word. */
  readonly trusted: boolean;
  /** Names of the inputs that are handles and that it may misuse. */
  readonly handleInputs: readonly string[];
  /** Whether scores or masks go in beside something else that covers positions. */
  readonly comparesLengths: boolean;
  readonly outputNames: readonly string[];
  readonly outputKinds: readonly PortKind[];
  readonly params: Readonly<Record<string, Binding>>;
  /** Enclosing loops from the outermost in, as indices into a lane's iteration counters. */
  readonly loops: readonly number[];
  /** Whether what it commits is only tried out. */
  readonly draft: boolean;
}

export interface PlanLoop extends PlanNodeBase {
  readonly type: 'loop';
  readonly loop: number;
  readonly initial: readonly ValueId[];
  readonly current: readonly ValueId[];
  readonly next: readonly ValueId[];
  readonly indexSlot: ValueId;
  readonly max: Binding;
  readonly until: ValueId | null;
  readonly body: number;
}

export interface PlanIf extends PlanNodeBase {
  readonly type: 'if';
  readonly flag: ValueId;
  readonly then: { readonly region: number; readonly outputs: readonly ValueId[] };
  readonly else: { readonly region: number; readonly outputs: readonly ValueId[] };
}

class Compiler {
  readonly nodes: PlanNode[] = [];
  readonly regions: PlanRegion[] = [];
  readonly readers: number[][];
  readonly reads: Int32Array;
  readonly handles: boolean[];
  loopCount = 0;
  private readonly kinds: readonly PortKind[];
  private nodeCount = 0;
  private regionCount = 0;

  constructor(graph: CheckedGraph) {
    this.kinds = graph.valueKinds;
    this.readers = graph.valueKinds.map(() => []);
    this.reads = new Int32Array(graph.valueKinds.length);
    this.handles = graph.valueKinds.map((kind) => portKinds[kind].handle);
  }

  /**
   * Compiles a region. `given` are the values it starts with, `leaving` those that are read when it ends.
   */
  region(
    region: Region,
    given: readonly ValueId[],
    leaving: readonly ValueId[],
    loops: readonly number[],
    end: PlanRegion['end'],
  ): number {
    const id = this.regionCount++;
    const produced = new Set(region.nodes.flatMap(valuesWritten));
    const own = new Set([...given, ...produced]);
    const indices = region.nodes.map((node) => this.node(node, id, own, produced, loops));
    for (const value of new Set(leaving)) if (own.has(value)) this.reads[value] = (this.reads[value] ?? 0) + 1;
    this.regions[id] = {
      nodes: indices,
      roots: indices.filter((index) => this.nodes[index]?.waitsFor === 0),
      owned: [...own].filter((value) => this.handles[value] === true),
      end,
    };
    return id;
  }

  private node(
    node: GraphNode,
    region: number,
    own: ReadonlySet<ValueId>,
    produced: ReadonlySet<ValueId>,
    loops: readonly number[],
  ): number {
    const index = this.nodeCount++;
    const read = [...valuesRead(node)].filter((value) => own.has(value));
    for (const value of read) {
      this.readers[value]?.push(index);
      this.reads[value] = (this.reads[value] ?? 0) + 1;
    }
    const base: PlanNodeBase = {
      index,
      path: node.path,
      region,
      waitsFor: read.filter((value) => produced.has(value)).length,
      borrows: read.filter((value) => this.handles[value] === true),
      outputSlots: valuesWritten(node),
    };
    this.nodes[index] = this.complete(base, node, loops);
    return index;
  }

  private complete(base: PlanNodeBase, node: GraphNode, loops: readonly number[]): PlanNode {
    switch (node.type) {
      case 'unit': {
        const trusted = isTrusted(node.definition);
        const inputNames = Object.keys(node.inputs);
        const inputKinds = Object.values(node.inputs).flatMap((value) => this.kinds[value] ?? []);
        return {
          ...base,
          type: 'unit',
          definition: node.definition,
          inputNames,
          inputKinds,
          trusted,
          handleInputs: inputNames.filter((_, i) => !trusted && portKinds[inputKinds[i] ?? 'flag'].handle),
          comparesLengths: inputKinds.some(isList) && inputKinds.filter(coversPositions).length > 1,
          inputSlots: Object.values(node.inputs),
          outputNames: Object.keys(node.outputs),
          outputKinds: Object.values(node.outputs).flatMap((value) => this.kinds[value] ?? []),
          params: node.params,
          loops,
          draft: node.draft,
        };
      }
      case 'loop': {
        const loop = this.loopCount++;
        const current = node.carries.map((carry) => carry.current);
        const next = node.carries.map((carry) => carry.next);
        const leaving = node.until === null ? next : [...next, node.until];
        return {
          ...base,
          type: 'loop',
          loop,
          initial: node.carries.map((carry) => carry.initial),
          current,
          next,
          indexSlot: node.index,
          max: node.max,
          until: node.until,
          body: this.region(node.body, [...current, node.index], leaving, [...loops, loop], base.index),
        };
      }
      case 'if': {
        const branch = (side: Branch): PlanIf['then'] => ({
          region: this.region(side.body, [], side.outputs, loops, base.index),
          outputs: side.outputs,
        });
        return { ...base, type: 'if', flag: node.flag, then: branch(node.then), else: branch(node.else) };
      }
    }
  }
}

/** Path of the node that writes a value; '' for an input of the graph. */
export const originOf = ({ nodes }: Plan, value: ValueId): string =>
  nodes.find((node) => node.outputSlots.includes(value) || (node.type === 'loop' && node.current.includes(value)))
    ?.path ?? '';

const plans = new WeakMap<CheckedGraph, Plan>();

/** Compiles a graph, once. */
export function planOf(graph: CheckedGraph): Plan {
  const known = plans.get(graph);
  if (known !== undefined) return known;
  const compiler = new Compiler(graph);
  compiler.region(
    graph.body,
    graph.inputs.map((input) => input.value),
    graph.outputs.map((output) => output.value),
    [],
    null,
  );
  const plan: Plan = {
    graph,
    nodes: compiler.nodes,
    regions: compiler.regions,
    loopCount: compiler.loopCount,
    slotCount: graph.valueKinds.length,
    inputs: graph.inputs,
    outputs: graph.outputs,
    readers: compiler.readers,
    reads: compiler.reads,
    handles: compiler.handles,
  };
  plans.set(graph, plan);
  return plan;
}
