import type { GraphNode, Region, ValueId } from '../checked-graph.js';
import { topologicalOrder } from './order.js';

/** Puts the nodes of a region and of all regions inside it in topological order, ties by path. */
export function sortRegion(nodes: readonly GraphNode[]): Region {
  return sort(nodes).region;
}

interface Sorted {
  readonly region: Region;
  /** Everything that is read inside, values of the region itself included. */
  readonly reads: ReadonlySet<ValueId>;
}

function sort(nodes: readonly GraphNode[]): Sorted {
  const entries = nodes.map(sortInside);
  const writers = new Map<ValueId, string>();
  for (const { node } of entries) for (const value of writes(node)) writers.set(value, node.path);
  const byPath = new Map(entries.map((entry) => [entry.node.path, entry]));
  const dependencies = new Map(
    entries.map(({ node, reads }) => [node.path, new Set([...reads].flatMap((value) => writers.get(value) ?? []))]),
  );
  const { order } = topologicalOrder(dependencies);
  return {
    region: { nodes: order.flatMap((path) => byPath.get(path)?.node ?? []) },
    reads: new Set(entries.flatMap(({ reads }) => [...reads])),
  };
}

function sortInside(node: GraphNode): { readonly node: GraphNode; readonly reads: ReadonlySet<ValueId> } {
  switch (node.type) {
    case 'unit':
      return { node, reads: new Set(Object.values(node.inputs)) };
    case 'loop': {
      const { region, reads } = sort(node.body.nodes);
      const own = node.carries.flatMap(({ initial, next }) => [initial, next]);
      const until = node.until === null ? [] : [node.until];
      return { node: { ...node, body: region }, reads: new Set([...own, ...until, ...reads]) };
    }
    case 'if': {
      const [first, second] = [sort(node.then.body.nodes), sort(node.else.body.nodes)];
      const branches = { then: { ...node.then, body: first.region }, else: { ...node.else, body: second.region } };
      const leaving = [...node.then.outputs, ...node.else.outputs];
      return {
        node: { ...node, ...branches },
        reads: new Set([node.flag, ...leaving, ...first.reads, ...second.reads]),
      };
    }
  }
}

function writes(node: GraphNode): readonly ValueId[] {
  switch (node.type) {
    case 'unit':
      return Object.values(node.outputs);
    case 'loop':
      return node.carries.map(({ final }) => final);
    case 'if':
      return node.outputs.map(({ value }) => value);
  }
}
