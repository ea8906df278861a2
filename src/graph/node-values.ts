import type { GraphNode, ValueId } from './checked-graph.js';

/** The values that a node gives to the region it is in. */
export function valuesWritten(node: GraphNode): readonly ValueId[] {
  switch (node.type) {
    case 'unit':
      return Object.values(node.outputs);
    case 'loop':
      return node.carries.map(({ final }) => final);
    case 'if':
      return node.outputs.map(({ value }) => value);
  }
}

/** Every value that is read at a node or anywhere inside it, those included that come from inside it as well. */
export function valuesRead(node: GraphNode): ReadonlySet<ValueId> {
  const read = new Set<ValueId>();
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { values, inside } = readsOf(next);
    for (const value of values) read.add(value);
    waiting.push(...inside);
  }
  return read;
}

function readsOf(node: GraphNode): { readonly values: readonly ValueId[]; readonly inside: readonly GraphNode[] } {
  switch (node.type) {
    case 'unit':
      return { values: Object.values(node.inputs), inside: [] };
    case 'loop': {
      const carried = node.carries.flatMap(({ initial, next }) => [initial, next]);
      return { values: node.until === null ? carried : [...carried, node.until], inside: node.body.nodes };
    }
    case 'if':
      return {
        values: [node.flag, ...node.then.outputs, ...node.else.outputs],
        inside: [...node.then.body.nodes, ...node.else.body.nodes],
      };
  }
}
