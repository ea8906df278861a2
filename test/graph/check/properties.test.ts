import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, documentHash } from '../../../src/graph/canonical.js';
import type { CheckedGraph, GraphNode, Region, ValueId } from '../../../src/graph/checked-graph.js';
import { checkPipeline } from '../../../src/graph/check.js';
import { formatFault } from '../../../src/graph/fault.js';
import { testRegistry } from '../support/nodes.js';
import { randomDocument, shuffleKeys } from '../support/random-document.js';
import { replay } from '../support/replay.js';

function check(document: unknown): CheckedGraph {
  const outcome = checkPipeline(document, testRegistry);
  if (!outcome.ok) throw new Error(outcome.faults.map(formatFault).join('\n'));
  return outcome.graph;
}

describe('for every valid document', () => {
  test('each value is written once, before it is read, and read as the kind that it has', () => {
    fc.assert(
      fc.property(randomDocument, (document) => expectSound(check(document))),
      { numRuns: 300 },
    );
  });

  test('nodes are in topological order, ties by path', () => {
    fc.assert(
      fc.property(randomDocument, (document) => expectOrdered(check(document).body)),
      { numRuns: 200 },
    );
  });

  test('the order of keys changes nothing', () => {
    fc.assert(
      fc.property(randomDocument, fc.infiniteStream(fc.nat(999)), (document, stream) => {
        const order = (count: number): number => (stream.next().value ?? 0) % count;
        const shuffled = shuffleKeys(document, order);
        expect(check(shuffled)).toEqual(check(document));
        expect(canonicalJson(shuffled)).toBe(canonicalJson(document));
        expect(documentHash(shuffled)).toBe(documentHash(document));
      }),
      { numRuns: 150 },
    );
  });

  test('its canonical form is canonical, and the same sampler', () => {
    fc.assert(
      fc.property(randomDocument, (document) => {
        const graph = check(document);
        const again = check(JSON.parse(JSON.stringify(graph.document)));
        expect(again).toEqual(graph);
        expect(canonicalJson(graph.document)).toBe(canonicalJson(document));
      }),
      { numRuns: 150 },
    );
  });

  test('the builder can say it, and gives the same graph', () => {
    fc.assert(
      fc.property(randomDocument, (document) => {
        const graph = check(document);
        const built = replay(document, testRegistry);
        // The builder has no subgraphs that nobody uses.
        const used = Object.keys(built.document.graphs ?? {}).map((name) => [name, graph.document.graphs?.[name]]);
        expect({ ...built.document, graphs: {} }).toEqual({ ...graph.document, graphs: {} });
        expect(built.document.graphs ?? {}).toEqual(Object.fromEntries(used));
        expect({ ...built.graph, document: null }).toEqual({ ...graph, document: null });
      }),
      { numRuns: 150 },
    );
  });
});

function expectSound(graph: CheckedGraph): void {
  const written = new Set<ValueId>();
  const write = (value: ValueId, kind: string): void => {
    expect(written.has(value), `value ${value} is written twice`).toBe(false);
    expect(graph.valueKinds[value]).toBe(kind);
    written.add(value);
  };
  // Values of a region are gone when it ends: its own set holds what can be read in it.
  const visit = ({ nodes }: Region, around: ReadonlySet<ValueId>): ReadonlySet<ValueId> => {
    const seen = new Set(around);
    const read = (value: ValueId, kind: string, from: ReadonlySet<ValueId> = seen): void => {
      expect(from.has(value), `value ${value} is read before it is written`).toBe(true);
      expect(graph.valueKinds[value]).toBe(kind);
    };
    const put = (value: ValueId, kind: string, into: Set<ValueId> = seen): void => {
      write(value, kind);
      into.add(value);
    };
    for (const node of nodes) {
      if (node.type === 'unit') {
        const { inputs, outputs } = node.definition;
        expect(Object.keys(node.inputs).sort()).toEqual(Object.keys(inputs).sort());
        for (const [port, kind] of Object.entries(inputs)) read(node.inputs[port] ?? -1, kind);
        for (const [port, kind] of Object.entries(outputs)) put(node.outputs[port] ?? -1, kind);
      } else if (node.type === 'loop') {
        const inner = new Set(seen);
        put(node.index, 'number', inner);
        for (const { initial, current, kind } of node.carries) {
          read(initial, kind);
          put(current, kind, inner);
        }
        const ended = visit(node.body, inner);
        for (const { next, kind } of node.carries) read(next, kind, ended);
        if (node.until !== null) read(node.until, 'flag', ended);
        for (const { final, kind } of node.carries) put(final, kind);
      } else {
        read(node.flag, 'flag');
        for (const { body, outputs } of [node.then, node.else]) {
          const ended = visit(body, seen);
          expect(outputs).toHaveLength(node.outputs.length);
          outputs.forEach((value, i) => read(value, node.outputs[i]?.kind ?? '', ended));
        }
        for (const { value, kind } of node.outputs) put(value, kind);
      }
    }
    return seen;
  };
  const inputs = new Set<ValueId>();
  for (const { value, kind } of graph.inputs) {
    write(value, kind);
    inputs.add(value);
  }
  const ended = visit(graph.body, inputs);
  for (const { value, kind } of graph.outputs) {
    expect(ended.has(value)).toBe(true);
    expect(graph.valueKinds[value]).toBe(kind);
  }
  expect(written.size).toBe(graph.valueKinds.length);
}

/** Checks the order by the definition: always the least path among the nodes whose values are all there. */
function expectOrdered({ nodes }: Region): void {
  const writers = new Map(nodes.flatMap((node) => outputsOf(node).map((value) => [value, node])));
  const done = new Set<GraphNode>();
  for (const node of nodes) {
    const free = nodes.filter(
      (candidate) =>
        !done.has(candidate) &&
        inputsOf(candidate).every((value) => {
          const writer = writers.get(value);
          return writer === undefined || writer === candidate || done.has(writer);
        }),
    );
    const least = free.reduce((best, candidate) => (candidate.path < best.path ? candidate : best), free[0] ?? node);
    expect(node.path).toBe(least.path);
    done.add(node);
    if (node.type === 'loop') expectOrdered(node.body);
    if (node.type === 'if') for (const { body } of [node.then, node.else]) expectOrdered(body);
  }
}

function outputsOf(node: GraphNode): readonly ValueId[] {
  if (node.type === 'unit') return Object.values(node.outputs);
  return node.type === 'loop' ? node.carries.map(({ final }) => final) : node.outputs.map(({ value }) => value);
}

function inputsOf(node: GraphNode): readonly ValueId[] {
  if (node.type === 'unit') return Object.values(node.inputs);
  const inside = ({ nodes }: Region): readonly ValueId[] => nodes.flatMap(inputsOf);
  if (node.type === 'loop') {
    const own = node.carries.flatMap(({ initial, next }) => [initial, next]);
    return [...own, ...(node.until === null ? [] : [node.until]), ...inside(node.body)];
  }
  const branches = [node.then, node.else].flatMap(({ body, outputs }) => [...outputs, ...inside(body)]);
  return [node.flag, ...branches];
}
