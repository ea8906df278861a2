import type { ValueId } from '../graph/checked-graph.js';
import type { Plan, PlanUnit } from './plan.js';
import { isHandle, releaseHandles, type PortValue } from './port-check.js';

/**
 * The values of one lane, by number. A slot with a handle owns one reference; it gives it back after its
 * last read, or when the region that owns it ends. Takes memory from `begin` to `clear`.
 */
export class Slots {
  private readonly plan: Plan;
  private values: (PortValue | undefined)[] = [];
  private reads = new Int32Array();

  constructor(plan: Plan) {
    this.plan = plan;
  }

  begin(): void {
    this.values = new Array<PortValue | undefined>(this.plan.slotCount).fill(undefined);
    this.reads = new Int32Array(this.plan.slotCount);
  }

  get(slot: ValueId): PortValue | undefined {
    return this.values[slot];
  }

  /** What a node gets, by the names of its inputs. The handles are borrowed. */
  inputsOf({ inputNames, inputSlots }: PlanUnit): Readonly<Record<string, PortValue>> {
    const inputs: Record<string, PortValue> = {};
    for (let i = 0; i < inputNames.length; i++) {
      const value = this.values[inputSlots[i] ?? -1];
      if (value !== undefined) inputs[inputNames[i] ?? ''] = value;
    }
    return inputs;
  }

  /** A value with a reference of its own, for handing it on to another slot. */
  take(slot: ValueId): PortValue {
    const value = this.values[slot];
    if (value === undefined) throw new Error(`slot ${slot.toString()} was read before it was written`);
    if (this.plan.handles[slot] === true && isHandle(value)) value.retain();
    return value;
  }

  /** Stores a value whose reference the slot takes over. A handle that nobody will read goes at once. */
  put(slot: ValueId, value: PortValue): void {
    if (this.plan.handles[slot] === true && this.reads[slot] === 0) {
      if (isHandle(value)) value.release();
      return;
    }
    this.values[slot] = value;
  }

  /** Notes that one reader of a handle has finished. */
  read(slot: ValueId): void {
    this.lend(slot, 0);
  }

  /** Puts this many readers of a handle in the place of one. */
  lend(slot: ValueId, readers: number): void {
    const left = (this.reads[slot] ?? 0) - 1 + readers;
    this.reads[slot] = left;
    if (left === 0) this.drop(slot);
  }

  /** Counts the reads of a region's handles anew, when it begins. */
  open(owned: readonly ValueId[]): void {
    for (const slot of owned) this.reads[slot] = this.plan.reads[slot] ?? 0;
  }

  /** Lets go of a region's handles, when it ends. */
  close(owned: readonly ValueId[]): void {
    for (const slot of owned) this.drop(slot);
  }

  /** Lets go of everything, whatever goes wrong with one of the handles. */
  clear(): void {
    for (let slot = 0; slot < this.values.length; slot++) {
      if (this.plan.handles[slot] === true) releaseHandles([this.values[slot]]);
    }
    this.values = [];
    this.reads = new Int32Array();
  }

  private drop(slot: ValueId): void {
    const value = this.values[slot];
    if (value === undefined) return;
    this.values[slot] = undefined;
    if (isHandle(value)) value.release();
  }
}
