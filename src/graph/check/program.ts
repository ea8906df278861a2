import type { GraphNode, ParamUse } from '../checked-graph.js';
import { childPath } from '../json-path.js';
import { maxDepth, maxNodes } from '../limits.js';
import type { Registry } from '../registry.js';
import type { PortKind } from '../values.js';
import type { Source } from './arguments.js';
import { Elaborator, type Callee, type Elaborated, type Program } from './elaborate.js';
import { mainKey, type Library, type LibraryGraph } from './library.js';
import { linkGraph, type Orders } from './link.js';
import { topologicalOrder } from './order.js';
import type { Known } from './scope.js';
import { innerRegions, type RegionSyntax, type UseSyntax } from './syntax.js';

/** What checking a graph found out about it. */
interface Checked {
  readonly entry: LibraryGraph;
  readonly orders: Orders;
  readonly outputs: ReadonlyMap<string, PortKind | null>;
  /** With everything that it uses inlined. */
  readonly nodes: number;
  readonly depth: number;
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

/** The pipeline with its subgraphs in place. To be called when nothing was reported. */
export interface Expanded {
  readonly nodes: readonly GraphNode[];
  readonly inputs: ReadonlyMap<string, Known>;
  readonly outputs: ReadonlyMap<string, Known>;
  readonly kinds: readonly PortKind[];
  readonly uses: readonly ParamUse[];
}

export function expandMain(graphs: CheckedGraphs, registry: Registry): Expanded | null {
  const main = graphs.get(mainKey);
  if (main === undefined) return null;
  const program: Program = { registry, kinds: [], uses: [] };
  const callee =
    (uses: ReadonlyMap<UseSyntax, string>) =>
    (use: UseSyntax): Callee | null => {
      const target = graphs.get(uses.get(use) ?? mainKey);
      if (target === undefined || target === main) return null;
      return {
        ...target.entry.graph,
        elaborate: ({ prefix, inputs, bound }) =>
          new Elaborator({ ...target.entry, orders: target.orders }, program, callee(target.entry.uses), bound).run(
            prefix,
            inputs,
          ),
      };
    };
  const inputs = freshValues(main.entry.graph.inputs, program);
  const elaborator = new Elaborator(
    { ...main.entry, orders: main.orders },
    program,
    callee(main.entry.uses),
    ownParams(main.entry),
  );
  const { nodes, outputs } = elaborator.run('', inputs);
  return { nodes, inputs, outputs: outputs ?? new Map(), kinds: program.kinds, uses: program.uses };
}

function checkGraph(entry: LibraryGraph, done: CheckedGraphs, registry: Registry): Checked {
  const { graph, faults, uses } = entry;
  const orders = linkGraph(graph, faults);
  const program: Program = { registry, kinds: [], uses: [] };
  const callee = (use: UseSyntax): Callee | null => {
    const target = done.get(uses.get(use) ?? mainKey);
    if (target === undefined) return null;
    const elaborate = (): Elaborated => ({ nodes: [], outputs: freshValues(target.outputs, program) });
    return { params: target.entry.graph.params, inputs: target.entry.graph.inputs, elaborate };
  };
  const elaborator = new Elaborator({ graph, orders, faults }, program, callee, ownParams(entry));
  const { outputs } = elaborator.run('', freshValues(graph.inputs, program));
  const kinds = new Map([...(outputs ?? [])].map(([name, wire]) => [name, wire?.kind ?? null]));
  const size = measure(graph.nodes, uses, done);
  reportSize(entry, size);
  return { entry, orders, outputs: kinds, ...size };
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

function measure(
  region: RegionSyntax,
  uses: ReadonlyMap<UseSyntax, string>,
  done: CheckedGraphs,
): { readonly nodes: number; readonly depth: number } {
  let nodes = 0;
  let depth = 0;
  for (const node of region.values()) {
    nodes += 1;
    const parts = innerRegions(node).map((inner) => measure(inner.nodes, uses, done));
    const used = node.type === 'graph' ? done.get(uses.get(node) ?? mainKey) : undefined;
    for (const part of used === undefined ? parts : [used]) {
      nodes += part.nodes;
      depth = Math.max(depth, part.depth + 1);
    }
  }
  return { nodes, depth };
}

function reportSize({ graph, faults }: LibraryGraph, size: { readonly nodes: number; readonly depth: number }): void {
  const path = childPath(graph.path, 'nodes');
  if (size.nodes > maxNodes) {
    const expected = `at most ${String(maxNodes)}`;
    faults.add({ path, message: 'these are too many nodes, subgraphs included', expected, found: String(size.nodes) });
  }
  if (size.depth > maxDepth) {
    const message = 'bodies, branches and subgraphs are nested too deeply';
    faults.add({ path, message, expected: `at most ${String(maxDepth)} levels`, found: String(size.depth) });
  }
}

function reportRecursion(cycle: readonly string[], library: Library): void {
  const [first = mainKey, second = first] = cycle;
  const entry = library.get(first);
  for (const [use, target] of entry?.uses ?? []) {
    if (target !== second) continue;
    const trail = [...cycle, first]
      .map((key) => (key === mainKey ? 'the pipeline' : key.replace(/^#/, '')))
      .join(' -> ');
    const message = 'a subgraph cannot include itself';
    entry?.faults.add({ path: childPath(use.path, 'use'), message, expected: 'another subgraph', found: trail });
    return;
  }
}
