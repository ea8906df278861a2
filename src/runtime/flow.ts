import type { LoopTag } from './failure.js';
import type { PlanBranch, PlanIf, PlanLoop, PlanNode, PlanRegion, PlanUnit } from './plan.js';
import type { Prepared } from './prepared.js';
import type { PortValue } from './port-check.js';
import type { Slots } from './slots.js';

const countDown = (counts: Int32Array, at: number): number => (counts[at] = (counts[at] ?? 0) - 1);

/**
 * Which nodes of one lane can fire, and what loops and branches do. A node can fire once all values that it
 * waits for are there; a region ends when all its nodes have fired. Works off a queue, never by recursion, so
 * that neither long loops nor deep nesting fill the stack. Takes memory from `begin` on.
 */
export class Flow {
  /** Whether every node of the graph has fired. */
  ended = false;
  private readonly prepared: Prepared;
  private readonly slots: Slots;
  private missing = new Int32Array();
  private remaining = new Int32Array();
  private iterations = new Int32Array();
  /** Nodes that can fire, and as -1 - region the regions that have ended. */
  private readonly ready: number[] = [];
  private head = 0;

  constructor(prepared: Prepared, slots: Slots) {
    this.prepared = prepared;
    this.slots = slots;
  }

  begin(): void {
    const { plan } = this.prepared;
    this.missing = new Int32Array(plan.nodes.length);
    this.remaining = new Int32Array(plan.regions.length);
    this.iterations = new Int32Array(plan.loopCount);
    this.open(0);
  }

  get hasWork(): boolean {
    return this.head < this.ready.length;
  }

  /** Takes the next piece of work: gives a unit to fire, or does a step of a loop or a branch and gives null. */
  next(): PlanUnit | null {
    const next = this.ready[this.head++] ?? 0;
    // What has been taken goes now and then, so that loops side by side do not let the queue grow.
    if (this.head > 512 && this.head * 2 > this.ready.length) {
      this.ready.splice(0, this.head);
      this.head = 0;
    }
    if (next < 0) {
      this.endRegion(-1 - next);
      return null;
    }
    const node = this.prepared.plan.nodes[next];
    if (node === undefined) return null;
    if (node.type === 'unit') return node;
    if (node.type === 'loop') this.beginLoop(node);
    else this.beginBranch(this.slots.get(node.flag) === true ? node.then : node.else);
    return null;
  }

  /** A node of any type has put its outputs: gives back what it borrowed and wakes who waits for it. */
  finish(node: PlanNode): void {
    for (const slot of node.borrows) this.slots.read(slot);
    for (const slot of node.outputSlots) {
      for (const reader of this.prepared.plan.readers[slot] ?? []) {
        if (countDown(this.missing, reader) === 0) this.ready.push(reader);
      }
    }
    if (countDown(this.remaining, node.region) === 0) this.ready.push(-1 - node.region);
  }

  /** The iterations of the loops around a node, from the outermost in. */
  iterationsAt(node: PlanUnit): number[] {
    return node.loops.map((loop) => this.iterations[loop] ?? 0);
  }

  /** The same with the paths of the loops, for people. */
  tagOf(node: PlanUnit): LoopTag[] {
    const loops = this.prepared.plan.nodes.filter((other) => other.type === 'loop');
    return node.loops.map((loop) => ({
      path: loops.find((other) => other.loop === loop)?.path ?? '',
      iteration: this.iterations[loop] ?? 0,
    }));
  }

  private open(id: number): void {
    const region = this.region(id);
    this.slots.open(region.owned);
    this.remaining[id] = region.nodes.length;
    for (const index of region.nodes) this.missing[index] = this.prepared.plan.nodes[index]?.waitsFor ?? 0;
    for (const index of region.roots) this.ready.push(index);
    if (region.nodes.length === 0) this.ready.push(-1 - id);
  }

  private beginBranch({ region, lent }: PlanBranch): void {
    for (const [slot, reads] of lent) this.slots.lend(slot, reads);
    this.open(region);
  }

  private beginLoop(node: PlanLoop): void {
    this.iterations[node.loop] = 0;
    const carried = node.initial.map((slot) => this.slots.take(slot));
    for (const slot of node.begunWith) this.slots.read(slot);
    if ((this.prepared.bounds[node.index] ?? 0) <= 0) this.leave(node, carried);
    else this.iterate(node, carried);
  }

  private iterate(node: PlanLoop, carried: readonly PortValue[]): void {
    this.open(node.body);
    this.slots.put(node.indexSlot, this.iterations[node.loop] ?? 0);
    carried.forEach((value, i) => {
      this.slots.put(node.current[i] ?? -1, value);
    });
  }

  /** A loop or an if is over: its outputs take over the references in `values`. */
  private leave(node: PlanLoop | PlanIf, values: readonly PortValue[]): void {
    values.forEach((value, i) => {
      this.slots.put(node.outputSlots[i] ?? -1, value);
    });
    this.finish(node);
  }

  private endRegion(id: number): void {
    const { end, owned } = this.region(id);
    const node = end === null ? undefined : this.prepared.plan.nodes[end];
    if (node === undefined || node.type === 'unit') {
      this.ended = true;
      return;
    }
    if (node.type === 'if') {
      const side = id === node.then.region ? node.then : node.else;
      const values = side.outputs.map((slot) => this.slots.take(slot));
      for (const slot of side.handedOn) this.slots.read(slot);
      this.slots.close(owned);
      this.leave(node, values);
      return;
    }
    const iteration = (this.iterations[node.loop] ?? 0) + 1;
    const over =
      iteration >= (this.prepared.bounds[node.index] ?? 0) ||
      (node.until !== null && this.slots.get(node.until) === true);
    const carried = node.next.map((slot) => this.slots.take(slot));
    this.slots.close(owned);
    if (over) {
      this.leave(node, carried);
      return;
    }
    this.iterations[node.loop] = iteration;
    this.iterate(node, carried);
  }

  private region(id: number): PlanRegion {
    const region = this.prepared.plan.regions[id];
    if (region === undefined) throw new Error(`there is no region ${id.toString()}`);
    return region;
  }
}
