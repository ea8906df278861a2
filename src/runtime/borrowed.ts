import { isRecord } from '../graph/is-record.js';
import type { Handle } from '../graph/values.js';
import type { PlanUnit } from './plan.js';
import { isHandle } from './port-check.js';

type Values = Readonly<Record<string, unknown>>;

const none: readonly Handle[] = [];

/**
 * The references to the handles that a node borrows, counted before it is called, so that a node which gives one away that is not
 * its own is named. A backend that does not say how many references a handle has is taken at its word.
 */
export class Borrowed {
  readonly inputs: Values;
  private readonly handles: readonly Handle[];
  private readonly before: readonly number[];

  /** `reply` holds handles that become the node's own, with one reference each. */
  constructor({ handleInputs }: Pick<PlanUnit, 'handleInputs'>, inputs: Values, reply?: unknown) {
    this.inputs = inputs;
    this.handles = none;
    this.before = [];
    if (handleInputs.length === 0) return;
    this.handles = handleInputs.map((name) => inputs[name]).filter(isHandle);
    this.before = this.handles.map((handle) => (handle.references ?? 0) - times(reply, handle));
  }

  /** Throws an `Error` where an input lost a reference that the node did not have. */
  check(outputs: unknown): void {
    for (const handle of this.lost(outputs)) {
      const name = nameOf(this.inputs, handle);
      const out = nameOf(outputs, handle);
      throw new Error(
        out === ''
          ? `it releases its input "${name}", which it only borrows: leave that to the runtime`
          : `it hands its input "${name}" on as its output "${out}" without a reference of its own: call retain() on it first`,
      );
    }
  }

  /** Inputs with fewer references than they have owners. */
  lost(outputs: unknown): readonly Handle[] {
    if (this.handles.length === 0) return none;
    return this.handles.filter(
      (handle, i) =>
        handle.references !== undefined && handle.references < (this.before[i] ?? 0) + times(outputs, handle),
    );
  }
}

/** How often a handle is among the values of an object. */
function times(values: unknown, handle: Handle): number {
  let count = 0;
  if (isRecord(values)) for (const name in values) if (values[name] === handle) count += 1;
  return count;
}

const nameOf = (values: unknown, handle: Handle): string =>
  Object.entries(isRecord(values) ? values : {}).find(([, value]) => value === handle)?.[0] ?? '';
