import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { topologicalOrder } from '../../../src/graph/check/order.js';

const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'Z', '10', '9'];
const edges = fc.array(fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...keys)), { maxLength: 14 });

const graphOf = (pairs: readonly (readonly [string, string])[]): Map<string, Set<string>> => {
  const graph = new Map(keys.map((key) => [key, new Set<string>()]));
  for (const [from, to] of pairs) graph.get(from)?.add(to);
  return graph;
};

describe('topological order', () => {
  test('takes the least of the keys that are free, every time', () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const graph = graphOf(pairs.filter(([from, to]) => keys.indexOf(from) < keys.indexOf(to)));
        const { order, cycles } = topologicalOrder(graph);
        expect(cycles).toEqual([]);
        const done = new Set<string>();
        for (const key of order) {
          const free = keys.filter(
            (one) => !done.has(one) && [...(graph.get(one) ?? [])].every((other) => done.has(other)),
          );
          expect(key).toBe(free.sort()[0]);
          done.add(key);
        }
        expect(done.size).toBe(keys.length);
      }),
    );
  });

  test('finds a cycle exactly where there is one, and names real ones', () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const graph = graphOf(pairs);
        const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
          [...(graph.get(from) ?? [])].some((next) => {
            if (next === to) return true;
            if (seen.has(next)) return false;
            seen.add(next);
            return reaches(next, to, seen);
          });
        const { order, cycles } = topologicalOrder(graph);
        expect([...order].sort()).toEqual([...keys].sort());
        expect(cycles.length > 0).toBe(keys.some((key) => reaches(key, key)));
        for (const cycle of cycles) {
          cycle.forEach((key, i) => expect(graph.get(key)?.has(cycle[(i + 1) % cycle.length] ?? '')).toBe(true));
          expect([...cycle].sort()[0]).toBe(cycle[0]);
        }
      }),
    );
  });

  test('does not mind dependencies on what is not there', () => {
    expect(
      topologicalOrder(
        new Map([
          ['a', new Set(['x', 'b'])],
          ['b', new Set<string>()],
        ]),
      ),
    ).toEqual({ order: ['b', 'a'], cycles: [] });
  });
});
