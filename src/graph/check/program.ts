import type { GraphNode, ParamUse } from '../checked-graph.js';
import { excerpt } from '../excerpt.js';
import { childPath } from '../json-path.js';
import { maxDepth, maxNodes } from '../limits.js';
import type { Registry } from '../registry.js';
import type { PortKind } from '../values.js';
import type { Source } from './arguments.js';
import { Elaborator } from './elaborate.js';
import type { Callee, Elaborated, Instance, Program } from './elaboration.js';
import { unheard } from './fault-list.js';
import { mainKey, type Library, type LibraryGraph } from './library.js';
import { linkGraph, type Orders } from './link.js';
import { topologicalOrder } from './order.js';
import type { Known } from './scope.js';
import { innerRegions, type RegionSyntax, type UseSyntax } from './syntax.js';

/** What checking a graph found out about it. */
interface Checked extends Size {
  readonly entry: LibraryGraph;
  /** The graphs that it uses; uses that lead nowhere, or in a circle, are left out. */
  readonly callees: ReadonlyMap<UseSyntax, Checked>;
  readonly orders: Orders;
  readonly outputs: ReadonlyMap<string, PortKind | null>;
}

type CheckedGraphs = ReadonlyMap<string, Checked>;

/** Checks every graph once by itself, those that are used before those that use them. */
export function checkGraphs(library: Library, registry: Registry): CheckedGraphs {
  const checked = new Map<string, Checked>();
  const dependencies = new Map([...library].map(([key, { uses }]) => [key, new Set(uses.values())]));
  const { order, cycles } = topologicalOrder(dependencies);
  for (const cycle of cycles) reportRecursion(cycle, library);
  for (const key of order) {
    const entry = library.get(key);
    if (entry !== undefined) checked.set(key, checkGraph(entry, checked, registry));
  }
  return checked;
}

/** The pipeline with its subgraphs in place. */
export interface Expanded {
  readonly nodes: readonly GraphNode[];
  readonly inputs: ReadonlyMap<string, Known>;
  readonly outputs: ReadonlyMap<string, Known>;
  readonly kinds: readonly PortKind[];
  readonly uses: readonly ParamUse[];
}

/**
 * Puts subgraphs in place, and reports the values passed to them that a node inside refuses; everything else has been
 * reported before. Where something was, the result is incomplete. `null` where it would be too large.
 */
export function expandMain(graphs: CheckedGraphs, registry: Registry): Expanded | null {
  const main = graphs.get(mainKey);
  if (main === undefined || !fits(main)) return null;
  const program: Program = { registry, kinds: [], uses: [] };
  const elaborate = ({ entry, orders, callees }: Checked, at: Instance): Elaborated => {
    const callee = (use: UseSyntax): Callee | null => {
      const target = callees.get(use);
      if (target === undefined) return null;
      const { params, inputs } = target.entry.graph;
      return { params, inputs, elaborate: (inside) => elaborate(target, inside) };
    };
    const written = { graph: entry.graph, orders, faults: unheard, passed: entry.faults };
    return new Elaborator(written, program, callee, at).run();
  };
  const inputs = freshValues(main.entry.graph.inputs, program);
  const { nodes, outputs } = elaborate(main, { prefix: '', inputs, bound: ownParams(main.entry), draft: false });
  return { nodes, inputs, outputs: outputs ?? new Map(), kinds: program.kinds, uses: program.uses };
}

function checkGraph(entry: LibraryGraph, done: CheckedGraphs, registry: Registry): Checked {
  const { graph, faults, uses } = entry;
  const orders = linkGraph(graph, faults);
  const program: Program = { registry, kinds: [], uses: [] };
  const callees = new Map(
    [...uses].flatMap(([use, key]): [UseSyntax, Checked][] => {
      const target = done.get(key);
      return target === undefined ? [] : [[use, target]];
    }),
  );
  const callee = (use: UseSyntax): Callee | null => {
    const target = callees.get(use);
    if (target === undefined) return null;
    const { params, inputs } = target.entry.graph;
    return { params, inputs, elaborate: () => ({ nodes: [], outputs: freshValues(target.outputs, program) }) };
  };
  const inputs = freshValues(graph.inputs, program);
  const at: Instance = { prefix: '', inputs, bound: ownParams(entry), draft: false };
  const { outputs } = new Elaborator({ graph, orders, faults, passed: faults }, program, callee, at).run();
  const kinds = new Map([...(outputs ?? [])].map(([name, wire]) => [name, wire?.kind ?? null]));
  const size = measure(graph.nodes, callees);
  reportSize(entry, size);
  return { entry, callees, orders, outputs: kinds, ...size };
}

function ownParams({ graph, faults }: LibraryGraph): ReadonlyMap<string, Source> {
  const path = childPath(graph.path, 'params');
  return new Map([...graph.params.keys()].map((param) => [param, { binding: { param }, path, faults }]));
}

function freshValues(ports: ReadonlyMap<string, PortKind | null>, { kinds }: Program): ReadonlyMap<string, Known> {
  return new Map(
    [...ports].map(([name, kind]) => [name, kind === null ? null : { kind, value: kinds.push(kind) - 1 }]),
  );
}

/** With everything that is used inlined. */
interface Size {
  readonly nodes: number;
  readonly depth: number;
}

function measure(region: RegionSyntax, callees: Checked['callees']): Size {
  let nodes = 0;
  let depth = 0;
  for (const node of region.values()) {
    nodes += 1;
    const parts = innerRegions(node).map((inner) => measure(inner.nodes, callees));
    const used = node.type === 'graph' ? callees.get(node) : undefined;
    for (const part of used === undefined ? parts : [used]) {
      nodes += part.nodes;
      depth = Math.max(depth, part.depth + 1);
    }
  }
  return { nodes, depth };
}

const fits = ({ nodes, depth }: Size): boolean => nodes <= maxNodes && depth <= maxDepth;

function reportSize({ graph, faults }: LibraryGraph, { nodes, depth }: Size): void {
  const path = childPath(graph.path, 'nodes');
  if (nodes > maxNodes) {
    const expected = `at most ${String(maxNodes)}`;
    faults.add({ path, message: 'these are too many nodes, subgraphs included', expected, found: String(nodes) });
  }
  if (depth > maxDepth) {
    const message = 'bodies, branches and subgraphs are nested too deeply';
    faults.add({ path, message, expected: `at most ${String(maxDepth)} levels`, found: String(depth) });
  }
}

function reportRecursion(cycle: readonly string[], library: Library): void {
  const [first = mainKey, second = first] = cycle;
  const entry = library.get(first);
  for (const [use, target] of entry?.uses ?? []) {
    if (target !== second) continue;
    const trail = [...cycle, first]
      .map((key) => (key === mainKey ? 'the pipeline' : excerpt(key.replace(/^#/, ''))))
      .join(' -> ');
    const message = 'a subgraph cannot include itself';
    entry?.faults.add({ path: childPath(use.path, 'use'), message, expected: 'another subgraph', found: trail });
    return;
  }
}
