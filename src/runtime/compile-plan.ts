import type { Branch, CheckedGraph, GraphNode, Region, ValueId } from '../graph/checked-graph.js';
import { valuesRead, valuesWritten } from '../graph/node-values.js';
import { isTrusted } from '../graph/trusted.js';
import { portKinds, type PortKind } from '../graph/values.js';
import { cachesOf } from './cache-count.js';
import type { Plan, PlanBranch, PlanNode, PlanNodeBase, PlanRegion } from './plan.js';
import { coversPositions, isList } from './port-lengths.js';

/** Where a node is: its region, the values that are its region's own, and those of them that nodes beside it put out. */
interface Surroundings {
  readonly id: number;
  readonly own: ReadonlySet<ValueId>;
  readonly produced: ReadonlySet<ValueId>;
  readonly lent: readonly ValueId[];
  readonly loops: readonly number[];
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
   * Compiles a region. `given` are the values it starts with, `leaving` those that are read when it ends, `lent` handles
   * from around it that it reads as if they were its own.
   */
  region(
    region: Region,
    given: readonly ValueId[],
    leaving: readonly ValueId[],
    loops: readonly number[],
    end: PlanRegion['end'],
    lent: readonly ValueId[] = [],
  ): number {
    const id = this.regionCount++;
    const produced = new Set(region.nodes.flatMap(valuesWritten));
    const own = new Set([...given, ...produced]);
    const indices = region.nodes.map((node) => this.node(node, { id, own, produced, lent, loops }));
    for (const value of new Set(leaving)) if (own.has(value)) this.reads[value] = (this.reads[value] ?? 0) + 1;
    this.regions[id] = {
      nodes: indices,
      roots: indices.filter((index) => this.nodes[index]?.waitsFor === 0),
      owned: [...own].filter((value) => this.handles[value] === true),
      end,
    };
    return id;
  }

  private node(node: GraphNode, { id, own, produced, lent, loops }: Surroundings): number {
    const index = this.nodeCount++;
    const all = valuesRead(node);
    const read = [...all].filter((value) => own.has(value));
    for (const value of read) {
      this.readers[value]?.push(index);
      this.reads[value] = (this.reads[value] ?? 0) + 1;
    }
    const base: PlanNodeBase = {
      index,
      path: node.path,
      region: id,
      waitsFor: read.filter((value) => produced.has(value)).length,
      borrows: [...read.filter((value) => this.handles[value] === true), ...lent.filter((value) => all.has(value))],
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
        const initial = node.carries.map((carry) => carry.initial);
        const inside = new Set([...next, ...node.body.nodes.flatMap((each) => [...valuesRead(each)])]);
        const begunWith = base.borrows.filter((value) => !inside.has(value));
        return {
          ...base,
          borrows: base.borrows.filter((value) => inside.has(value)),
          type: 'loop',
          loop,
          initial,
          begunWith,
          current,
          next,
          indexSlot: node.index,
          max: node.max,
          until: node.until,
          body: this.region(node.body, [...current, node.index], leaving, [...loops, loop], base.index),
        };
      }
      case 'if': {
        const branch = (side: Branch): PlanBranch => {
          const lent = base.borrows;
          const region = this.region(side.body, [], side.outputs, loops, base.index, lent);
          const handedOn = lent.filter((value) => side.outputs.includes(value));
          const inside = (this.regions[region]?.nodes ?? []).flatMap((index) => this.borrowedBy(index));
          const counts = new Map(lent.map((value) => [value, 0]));
          for (const value of [...inside, ...handedOn]) {
            const before = counts.get(value);
            if (before !== undefined) counts.set(value, before + 1);
          }
          return { region, outputs: side.outputs, lent: counts, handedOn };
        };
        const sides = { then: branch(node.then), else: branch(node.else) };
        return { ...base, borrows: [], type: 'if', flag: node.flag, ...sides };
      }
    }
  }

  /** Handles of which a node gives a read back, whenever it does so. */
  private borrowedBy(index: number): readonly ValueId[] {
    const node = this.nodes[index];
    if (node?.type === 'if') return [...node.then.lent.keys()];
    return [...(node?.borrows ?? []), ...(node?.type === 'loop' ? node.begunWith : [])];
  }
}

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
    caches: cachesOf(graph),
  };
  plans.set(graph, plan);
  return plan;
}
