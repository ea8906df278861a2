import { isHandle, valuesIn } from '../runtime/port-check.js';
import type { Denoiser } from '../models/denoiser.js';
import { CountedHandle } from './counted-handle.js';

/** A node broke one of the rules that every node keeps. */
export class NodeFault extends Error {
  override readonly name = 'NodeFault';
}

/** Counts the references to handles around one firing. */
export class Ledger {
  readonly #denoiser: Denoiser;
  readonly #inputs: Readonly<Record<string, unknown>>;
  readonly #live: number;
  readonly #references: ReadonlyMap<CountedHandle, number>;

  constructor(denoiser: Denoiser, inputs: Readonly<Record<string, unknown>>) {
    this.#denoiser = denoiser;
    this.#inputs = inputs;
    this.#live = denoiser.live;
    this.#references = new Map(countedIn(inputs).map((handle) => [handle, handle.references]));
  }

  /** Throws a `NodeFault` unless inputs were only borrowed and each output carries one reference, and no other is left. */
  settle(outputs: unknown): void {
    const given = valuesIn(outputs).filter(isHandle);
    const carried = (handle: unknown): number => given.filter((each) => each === handle).length;
    for (const [name, handle] of Object.entries(this.#inputs)) {
      if (!(handle instanceof CountedHandle)) continue;
      const change = handle.references - (this.#references.get(handle) ?? 0) - carried(handle);
      if (change === 0) continue;
      const what = change < 0 ? 'released, and inputs are only borrowed' : 'retained, and nobody will release it';
      const hint = carried(handle) > 0 && change < 0 ? ': retain it before handing it on' : '';
      throw new NodeFault(`its input "${name}" was ${what}${hint}`);
    }
    const made = new Set(given.filter((handle) => !valuesIn(this.#inputs).includes(handle)));
    for (const handle of countedIn([...made])) {
      if (handle.references !== carried(handle)) throw new NodeFault('an output carries more than one reference');
    }
    const left = this.#denoiser.live - this.#live - made.size;
    if (left !== 0) throw new NodeFault(`handles that it leaves behind and does not put out: ${String(left)}`);
  }
}

const countedIn = (values: unknown): readonly CountedHandle[] => [
  ...new Set(valuesIn(values).filter((value) => value instanceof CountedHandle)),
];
