import type { GraphNode, Region, ValueId } from '../checked-graph.js';
import { valuesRead, valuesWritten } from '../node-values.js';
import { topologicalOrder } from './order.js';

/** Puts the nodes of a region and of all regions inside it in topological order, ties by path. */
export function sortRegion(nodes: readonly GraphNode[]): Region {
  const writers = new Map<ValueId, string>();
  for (const node of nodes) for (const value of valuesWritten(node)) writers.set(value, node.path);
  const byPath = new Map(nodes.map((node) => [node.path, node]));
  const dependencies = new Map(
    nodes.map((node) => [node.path, new Set([...valuesRead(node)].flatMap((value) => writers.get(value) ?? []))]),
  );
  const { order } = topologicalOrder(dependencies);
  return { nodes: order.flatMap((path) => sortInside(byPath.get(path))) };
}

function sortInside(node: GraphNode | undefined): GraphNode[] {
  switch (node?.type) {
    case undefined:
      return [];
    case 'unit':
      return [node];
    case 'loop':
      return [{ ...node, body: sortRegion(node.body.nodes) }];
    case 'if': {
      const sorted = ({ body, outputs }: typeof node.then) => ({ body: sortRegion(body.nodes), outputs });
      return [{ ...node, then: sorted(node.then), else: sorted(node.else) }];
    }
  }
}
