import type { ValueId } from '../checked-graph.js';
import { quoted } from '../excerpt.js';
import { indexName, inputId, oneOf } from '../names.js';
import type { PortKind } from '../values.js';
import { suggest, type Faults } from './fault-list.js';
import { quotedRef, type RefSyntax } from './syntax.js';

/** A value that a wire carries. */
export interface Wire {
  readonly kind: PortKind;
  readonly value: ValueId;
}

/** `null`: what it would be hangs on something broken that has been reported. */
export type Known = Wire | null;

export interface Outputs {
  readonly what: 'inputs' | 'node' | 'loop' | 'carry';
  /** `null`: nothing is known of them. */
  readonly ports: ReadonlyMap<string, Known> | null;
}

/** The outputs that can be seen from a region, those of the regions around it included. */
export class Scope {
  readonly #parent: Scope | null;
  readonly #outputs = new Map<string, Outputs>();

  constructor(parent: Scope | null) {
    this.#parent = parent;
  }

  set(id: string, outputs: Outputs): void {
    this.#outputs.set(id, outputs);
  }

  /** The value at a reference. Reports ports that are not there; unknown nodes were reported by linking. */
  resolve(ref: RefSyntax | null | undefined, faults: Faults): Known {
    if (ref === null || ref === undefined) return null;
    const outputs = this.#find(ref.node);
    if (outputs === undefined || outputs.ports === null) return null;
    const known = outputs.ports.get(ref.port);
    if (known === undefined) reportPort(ref, outputs, outputs.ports, faults);
    return known ?? null;
  }

  #find(id: string): Outputs | undefined {
    const own = this.#outputs.get(id);
    return own ?? (this.#parent === null ? undefined : this.#parent.#find(id));
  }
}

function reportPort(ref: RefSyntax, { what }: Outputs, ports: ReadonlyMap<string, Known>, faults: Faults): void {
  faults.add(() => {
    const place = { path: ref.path, expected: oneOf(ports.keys()), found: quotedRef(ref) };
    if (what === 'loop' && ref.port === indexName) {
      return { ...place, message: `the index of loop ${quoted(ref.node)} exists only inside its body` };
    }
    const message =
      ref.node === inputId
        ? `there is no input ${quoted(ref.port)}`
        : what === 'node'
          ? `node ${quoted(ref.node)} has no output ${quoted(ref.port)}`
          : `loop ${quoted(ref.node)} carries no ${quoted(ref.port)}`;
    return { ...place, message, ...suggest(ref.port, ports.keys()) };
  });
}
