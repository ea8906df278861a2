import type { CheckedGraph, GraphNode, Region, UnitNode, ValueId } from '../graph/checked-graph.js';
import { valuesWritten } from '../graph/node-values.js';

/** How often each value is read. */
interface Reads {
  /** Once: by nodes beside it, at the end of its region, and in the larger one of two branches. */
  readonly beside: Map<ValueId, number>;
  /** In each iteration of a loop: it stays alive for as long as the loop lasts. */
  readonly within: Map<ValueId, number>;
}

/** What a region may bring about. */
interface Count {
  /** Caches that are opened in it, and forks of caches that come from it. */
  readonly made: number;
  readonly reads: Reads;
}

/**
 * Most caches with keys and values of their own that one row of a graph has alive at once.
 *
 * Every read of a cache may lead to another text, which needs keys and values of its own while the cache is still read
 * elsewhere. A row therefore has no more of them than the graph opens and forks: a value with n reads is n - 1 forks, and one
 * more where it is read in iterations of a loop, since it stays alive there beside what became of it. A loop hands as many caches
 * to its next iteration as it was given, so that one iteration counts for all; of the branches of an if the larger one counts.
 * Where a block-causal model changes its block size, a forward computes a row's keys and values anew beside the old ones: that is
 * one cache more, for the time of that forward.
 */
export function cachesOf(graph: CheckedGraph): number {
  const isCache = (value: ValueId): boolean => graph.valueKinds[value] === 'cache';
  const given = graph.inputs.map(({ value }) => value).filter(isCache);
  const leaving = graph.outputs.map(({ value }) => value);
  return given.length + countRegion(graph.body, given, leaving, isCache).made;
}

type IsCache = (value: ValueId) => boolean;

const noReads = (): Reads => ({ beside: new Map(), within: new Map() });

/** `given` are the values that a region begins with, `leaving` those that are read when it ends. */
function countRegion(
  { nodes }: Region,
  given: readonly ValueId[],
  leaving: readonly ValueId[],
  isCache: IsCache,
): Count {
  const reads = noReads();
  const read = (value: ValueId): void => {
    if (isCache(value)) add(reads.beside, value, 1);
  };
  let made = 0;
  for (const node of nodes) {
    const inner = countNode(node, isCache, read);
    made += inner.made;
    for (const [value, times] of inner.reads.beside) add(reads.beside, value, times);
    for (const [value, times] of inner.reads.within) add(reads.within, value, times);
  }
  leaving.forEach(read);
  for (const value of [...given, ...nodes.flatMap(valuesWritten)]) {
    const within = reads.within.get(value) ?? 0;
    const times = (reads.beside.get(value) ?? 0) + (within > 0 ? within + 1 : 0);
    made += Math.max(0, times - 1);
    reads.beside.delete(value);
    reads.within.delete(value);
  }
  return { made, reads };
}

/** What one node makes, and what is read inside it; what it reads itself goes to `read`. */
function countNode(node: GraphNode, isCache: IsCache, read: (value: ValueId) => void): Count {
  switch (node.type) {
    case 'unit':
      Object.values(node.inputs).forEach(read);
      return { made: openedBy(node, isCache), reads: noReads() };
    case 'loop': {
      const { carries, body, index } = node;
      carries.forEach(({ initial }) => {
        read(initial);
      });
      const given = [...carries.map(({ current }) => current), index];
      const next = carries.map((carry) => carry.next);
      const inner = countRegion(body, given, next, isCache);
      return { made: inner.made, reads: { beside: new Map(), within: sum(inner.reads) } };
    }
    case 'if': {
      const reads = noReads();
      const branches = [node.then, node.else].map(({ body, outputs }) => countRegion(body, [], outputs, isCache));
      for (const branch of branches) {
        raise(reads.beside, branch.reads.beside);
        raise(reads.within, branch.reads.within);
      }
      return { made: Math.max(...branches.map(({ made }) => made)), reads };
    }
  }
}

/** A node that puts out more caches than it takes opens them; so does one that calls the model without a cache of its own. */
function openedBy({ definition, inputs, outputs }: UnitNode, isCache: IsCache): number {
  const taken = Object.values(inputs).filter(isCache).length;
  const given = Object.values(outputs).filter(isCache).length;
  return Math.max(0, Math.max(given, 'forward' in definition ? 1 : 0) - taken);
}

function sum({ beside, within }: Reads): Map<ValueId, number> {
  const all = new Map(beside);
  for (const [value, times] of within) add(all, value, times);
  return all;
}

function add(counts: Map<ValueId, number>, value: ValueId, times: number): void {
  counts.set(value, (counts.get(value) ?? 0) + times);
}

/** The larger one of both counts of each value. */
function raise(counts: Map<ValueId, number>, others: ReadonlyMap<ValueId, number>): void {
  for (const [value, times] of others) counts.set(value, Math.max(times, counts.get(value) ?? 0));
}
