import { excerpt, quoted } from '../excerpt.js';
import { inputId, oneOf } from '../names.js';
import { suggest, type Faults } from './fault-list.js';
import { topologicalOrder } from './order.js';
import {
  everyNode,
  innerRegions,
  ownRefs,
  quotedRef,
  unreadable,
  type GraphSyntax,
  type NodeSyntax,
  type RefSyntax,
  type RegionSyntax,
} from './syntax.js';

/** Nodes of every region in an order in which they can be elaborated. */
export type Orders = ReadonlyMap<RegionSyntax, readonly NodeSyntax[]>;

/** A region that is being linked, innermost last in its list. */
interface Frame {
  readonly region: RegionSyntax;
  readonly dependencies: ReadonlyMap<string, Set<string>>;
  /** The ids that can be seen from the region; made when the first fault asks for them. */
  readonly visible: () => readonly string[];
  /** The node of this region inside which linking is now; `null` for the wires that leave the region. */
  current: NodeSyntax | null;
}

/**
 * Finds for every wire of a graph the node that it starts at. Reports names that cannot be seen from where
 * they are used, names that hide others, and cycles. Ports and kinds are left to elaboration.
 */
export function linkGraph(graph: GraphSyntax, faults: Faults): Orders {
  const linker = new Linker(graph, faults);
  linker.region(graph.nodes, [...graph.outputs.refs.values()]);
  return linker.orders;
}

class Linker {
  readonly orders = new Map<RegionSyntax, readonly NodeSyntax[]>();
  readonly #faults: Faults;
  readonly #frames: Frame[] = [];
  /** Where each id of the graph is, the first time. */
  readonly #places = new Map<string, string>();

  constructor(graph: GraphSyntax, faults: Faults) {
    this.#faults = faults;
    for (const { path, node } of everyNode(graph.nodes)) {
      if (!this.#places.has(node.id)) this.#places.set(node.id, path);
    }
  }

  region(region: RegionSyntax, leaving: readonly (RefSyntax | null | undefined)[]): void {
    for (const node of region.values()) this.#checkHiding(node);
    const dependencies = new Map([...region.keys()].map((id) => [id, new Set<string>()]));
    const frame: Frame = { region, dependencies, visible: once(() => this.#visible()), current: null };
    this.#frames.push(frame);
    for (const node of region.values()) {
      frame.current = node;
      for (const ref of ownRefs(node)) this.#link(ref);
      for (const inner of innerRegions(node)) this.region(inner.nodes, inner.refs);
    }
    frame.current = null;
    for (const ref of leaving) this.#link(ref);
    this.#frames.pop();
    const { order, cycles } = topologicalOrder(dependencies);
    this.orders.set(
      region,
      order.flatMap((id) => region.get(id) ?? []),
    );
    for (const cycle of cycles) this.#reportCycle(region, cycle);
  }

  #checkHiding(node: NodeSyntax): void {
    if (!this.#frames.some((frame) => frame.region.has(node.id))) return;
    this.#faults.add({
      path: node.path,
      message: `node ${quoted(node.id)} hides the node ${quoted(node.id)} around it`,
      expected: 'an id that is not used around it',
      found: quoted(node.id),
    });
  }

  #link(ref: RefSyntax | null | undefined): void {
    if (ref === null || ref === undefined || ref.node === inputId) return;
    for (let level = this.#frames.length - 1; level >= 0; level -= 1) {
      const frame = this.#frames[level];
      const target = frame?.region.get(ref.node);
      if (frame === undefined || target === undefined) continue;
      const inside = level < this.#frames.length - 1;
      if (inside && frame.current === target) this.#linkToOwner(ref, target);
      else if (frame.current !== null) frame.dependencies.get(frame.current.id)?.add(target.id);
      return;
    }
    this.#reportUnknown(ref);
  }

  /** A wire from the node that it is in: a loop's body reads the carry, a branch has nothing to read there. */
  #linkToOwner(ref: RefSyntax, owner: NodeSyntax): void {
    if (owner.type !== 'if') return;
    this.#faults.add({
      path: ref.path,
      message: `${quoted(owner.id)} has no outputs yet inside its own branches`,
      expected: 'a node that can be seen from here',
      found: quotedRef(ref),
    });
  }

  #reportUnknown(ref: RefSyntax): void {
    if (this.#frames.some(({ region }) => region === unreadable)) return;
    const found = quotedRef(ref);
    const place = this.#places.get(ref.node);
    if (place !== undefined) {
      const message = `node ${quoted(place)} is inside a body or a branch and cannot be seen from here`;
      this.#faults.add({ path: ref.path, message, expected: 'a carry of the loop or an output of the if', found });
      return;
    }
    this.#faults.add(() => {
      const visible = this.#frames.at(-1)?.visible() ?? [];
      const message = `there is no node ${quoted(ref.node)}`;
      return { path: ref.path, message, expected: oneOf(visible), found, ...suggest(ref.node, visible) };
    });
  }

  #visible(): readonly string[] {
    return [inputId, ...this.#frames.flatMap((frame) => [...frame.region.keys()])];
  }

  #reportCycle(region: RegionSyntax, cycle: readonly string[]): void {
    const [first = ''] = cycle;
    const path = region.get(first)?.path ?? '$';
    const trail = [...cycle, first].map(excerpt).join(' -> ');
    this.#faults.add({
      path,
      message: cycle.length === 1 ? `node ${quoted(first)} reads its own output` : 'these nodes wait for each other',
      expected: 'wires that go back only through the carry of a loop',
      found: trail,
    });
  }
}

/** The result of a computation that is done at most once. */
function once<T>(compute: () => T): () => T {
  let done: { readonly value: T } | undefined;
  return () => (done ??= { value: compute() }).value;
}
