import type { NodeEntries, NodeEntry, ParamEntry, Reference } from '../document.js';
import { InputError } from '../input-error.js';
import { isRecord } from '../is-record.js';
import type { NodeDefinition } from '../node-definition.js';
import type { ParamSpecs, ParamValue } from '../params.js';
import type { PortKind } from '../values.js';
import type { Subgraphs } from './subgraphs.js';
import type { ParamRef, Wire } from './types.js';

/** What all regions of one pipeline share while it is built. */
export interface Workshop {
  readonly params: ParamSpecs;
  readonly subgraphs: Subgraphs;
  readonly definitions: Map<string, NodeDefinition>;
  /** The region in which each wire was made. */
  readonly origins: WeakMap<Wire, Region>;
}

/** The entries of a pipeline, a body or a branch while they are put together. */
export class Region {
  readonly workshop: Workshop;
  readonly #entries = new Map<string, NodeEntry>();
  readonly #parent: Region | null;
  /** In words, for errors. */
  readonly #name: string;
  #finished = false;

  constructor(workshop: Workshop, name: string, parent: Region | null = null) {
    this.workshop = workshop;
    this.#name = name;
    this.#parent = parent;
  }

  /** Everything that was put here. Nothing can be added from now on. */
  finish(): NodeEntries {
    this.#finished = true;
    return Object.fromEntries(this.#entries);
  }

  inside(name: string): Region {
    return new Region(this.workshop, name, this);
  }

  /** Throws an `InputError` where the id is taken, or the region is finished. */
  put(id: string, entry: NodeEntry): void {
    if (this.#finished) throw new InputError(`node "${id}" comes too late: ${this.#name} is already built`);
    if (this.#entries.has(id)) throw new InputError(`two nodes of ${this.#name} have the id "${id}"`);
    this.#entries.set(id, entry);
  }

  /** Throws an `InputError` where another definition has the same kind. */
  register(definition: NodeDefinition): void {
    register(this.workshop.definitions, definition);
  }

  /** A wire that is good in this region and in those inside it. */
  wire<K extends PortKind>(id: string, port: string, kind: K): Wire<K> {
    const wire = { kind, reference: `${id}.${port}` };
    this.workshop.origins.set(wire, this);
    return wire;
  }

  /** Throws like `reference`. `what` says in words what the wires are. */
  references(wires: Readonly<Record<string, Wire>>, what: string): Readonly<Record<string, Reference>> {
    this.#requireFields(wires, what, 'an object of wires');
    return Object.fromEntries(
      Object.entries(wires).map(([port, wire]) => [port, this.reference(wire, `"${port}" of ${what}`)]),
    );
  }

  /** Throws an `InputError` for what is no wire, or one of another pipeline or of a region that cannot be seen from here. */
  reference(wire: Wire, what: string): Reference {
    this.#requireFields(wire, what, 'a wire');
    const origin = this.workshop.origins.get(wire);
    if (origin === undefined) throw new InputError(`${this.#name} uses a wire "${wire.reference}" of another pipeline`);
    if (this.#sees(origin)) return wire.reference;
    throw new InputError(`wire "${wire.reference}" exists only in ${origin.#name} and cannot be used in ${this.#name}`);
  }

  params(
    params: Readonly<Record<string, ParamValue | ParamRef | undefined>> = {},
  ): Readonly<Record<string, ParamEntry>> {
    return Object.fromEntries(
      Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, this.param(value)]])),
    );
  }

  /** Throws an `InputError` for a parameter of another pipeline. */
  param(value: ParamValue | ParamRef): ParamEntry {
    if (typeof value !== 'object') return value;
    this.#requireFields(value, 'a parameter', 'a value or a declared parameter');
    const { params } = this.workshop;
    if (Object.hasOwn(params, value.param) && params[value.param] === value.spec) return { $param: value.param };
    throw new InputError(`${this.#name} uses a parameter "${value.param}" of another pipeline`);
  }

  #requireFields(value: unknown, what: string, expected: string): void {
    if (isRecord(value)) return;
    const found = typeof value === 'object' ? 'null' : typeof value;
    throw new InputError(`${what} in ${this.#name} must be ${expected}, not ${found}`);
  }

  #sees(origin: Region): boolean {
    return origin === this || (this.#parent !== null && this.#parent.#sees(origin));
  }
}

export function register(definitions: Map<string, NodeDefinition>, definition: NodeDefinition): void {
  const known = definitions.get(definition.kind);
  if (known !== undefined && known !== definition) {
    throw new InputError(`two different definitions have the kind "${definition.kind}"`);
  }
  definitions.set(definition.kind, definition);
}
